"""What a process does between its fork from the warden and the start of bubblewrap in it."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from collections.abc import Mapping

from sandbox.warden.jails.control_groups import Group

NICE = 5
LIMITS = {
    resource.RLIMIT_DATA: 256 << 20,
    resource.RLIMIT_FSIZE: 32 << 20,
    resource.RLIMIT_NOFILE: 512,
    # With 0, the kernel would still pipe cores to a program of the host, if core_pattern names one; 1 stops
    # both.
    resource.RLIMIT_CORE: 1,
    resource.RLIMIT_CPU: 60,
    resource.RLIMIT_MEMLOCK: 64 << 10,
    resource.RLIMIT_MSGQUEUE: 0,
}
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Preparation:
    """Callable in the new process. The order matters: join groups as root, set bounds, drop root.

    `uid` is None for an unprivileged warden. `user_space` is the descriptor of the user namespace in which
    bubblewrap starts, None for the warden's own; the ids of jails are the same in both.
    """

    def __init__(
        self,
        group: Group | None,
        uid: int | None,
        *,
        limits: Mapping[int, int] = LIMITS,
        user_space: int | None = None,
    ) -> None:
        self._group, self._uid, self._limits, self._space = group, uid, limits, user_space
        self._warden = os.getpid()

    def __call__(self) -> None:
        os.setsid()  # away from the warden's terminal and process group
        if self._group is not None:
            self._group.join()
        os.nice(NICE)
        for which, most in self._limits.items():
            # Without root the hard limit can only be lowered.
            _, hard = resource.getrlimit(which)
            bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(which, (bound, bound))
        self._drop()
        # A change of user id clears the parent-death signal, so it is set after `_drop`.
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # If the warden ended before the prctl, no signal will come.
        if os.getppid() != self._warden:
            os._exit(1)

    def _drop(self) -> None:
        """Become an unprivileged user. Groups go first: after `setresuid` the process may not change them."""
        if self._uid is not None:
            os.setgroups([])
        if self._space is not None and _libc.setns(self._space, 0) < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"join the nursery: {os.strerror(number)}")
        if self._uid is not None:
            os.setresgid(self._uid, self._uid, self._uid)
            os.setresuid(self._uid, self._uid, self._uid)
