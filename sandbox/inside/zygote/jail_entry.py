"""From the nursery into a jail: what a forked child does before it may be the parent of a supervisor.

Bubblewrap has finished the jail, and only the holder waits in it. The child joins the jail's control groups
and namespaces. Then it gives up what bubblewrap gives up for the programs that it starts: identity,
capabilities, descriptors, system calls. The first step that fails raises, and the child ends.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from collections.abc import Mapping
from pathlib import Path

from sandbox.inside import limits
from sandbox.jail_descriptors import SPACES

USER_ID = 1000
CPU_SECONDS = 60
NO_RIGHTS = {
    "Uid": f"{USER_ID} {USER_ID} {USER_ID} {USER_ID}",
    "Gid": f"{USER_ID} {USER_ID} {USER_ID} {USER_ID}",
    **dict.fromkeys(("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), "0" * 16),
    "NoNewPrivs": "1",
    "Seccomp": "2",
}
"""Lines of /proc/self/status of a process that may be in a jail."""
FILTERS = "Seccomp_filters"
_DROP_BOUND, _READ_BOUND, _AMBIENT, _CLEAR_ALL = 24, 23, 47, 4
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_CAPABILITIES_VERSION_3 = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)


class NotDropped(Exception):
    """The kernel shows a right that should have been given up."""


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def join(space: int, name: str) -> None:
    """setns(2), which `os` has from Python 3.12 on. Raises `OSError`."""
    _check(_libc.setns(space, 0), f"join the namespace {name}")


def enter(named: Mapping[str, int], groups: list[int], seccomp: bytes) -> None:
    """Enter the jail and drop everything. `named` has descriptors of `SPACES`, `control` and `errors`. The
    warden has opened `groups`, the files `cgroup.procs` of the jail. Raises `OSError` or `NotDropped`.
    """
    for group in groups:
        os.write(group, b"0")  # "the process that writes", by the right of the one who opened the file
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for name in SPACES:
        join(named[name], name)
    os.chdir("/lab")
    _use_streams(named["errors"])
    _close_all_but({0, 1, 2, named["control"]})
    os.set_inheritable(named["control"], False)
    _drop_identity()
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    _check(_libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "allow no new privileges")
    _check(_libc.prctl(limits.PR_SET_DUMPABLE, 0, 0, 0, 0), "become undumpable")
    before = Path("/proc/self/status").read_text()
    _filter_calls(seccomp)
    verify(Path("/proc/self/status").read_text(), before)
    if strangers := _descriptors() - {0, 1, 2, named["control"]}:
        raise NotDropped(f"descriptors that are still open: {sorted(strangers)}")


def verify(status: str, before: str = "") -> None:
    """Raises `NotDropped` unless this text of /proc/<pid>/status shows no right at all, and one filter of
    system calls more than `before`. The nursery has a filter of its own, so `Seccomp` alone proves nothing.
    """
    facts = _facts(status)
    if wrong := [name for name, value in NO_RIGHTS.items() if facts.get(name) != value]:
        raise NotDropped(f"still there: {', '.join(f'{name} {facts.get(name)}' for name in wrong)}")
    # Kernels before 5.9 do not count filters; the call that sets one says whether it did.
    if (count := _facts(before).get(FILTERS)) and facts.get(FILTERS) != str(int(count) + 1):
        raise NotDropped(f"{facts.get(FILTERS)} filters of system calls, after {count} in the nursery")


def _facts(status: str) -> dict[str, str]:
    return {name: " ".join(value.split()) for name, _, value in map(_parts, status.splitlines())}


def _parts(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def _drop_identity() -> None:
    """Ids first: joining the user namespace gave all capabilities in it, and changing ids needs two."""
    os.setresgid(USER_ID, USER_ID, USER_ID)
    os.setresuid(USER_ID, USER_ID, USER_ID)
    capability = 0
    while _libc.prctl(_READ_BOUND, capability, 0, 0, 0) >= 0:  # until the kernel knows no further one
        _check(_libc.prctl(_DROP_BOUND, capability, 0, 0, 0), f"drop capability {capability}")
        capability += 1
    _check(_libc.prctl(_AMBIENT, _CLEAR_ALL, 0, 0, 0), "clear ambient capabilities")
    header, none = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    _check(_libc.capset(header, none), "drop capabilities")


def _filter_calls(seccomp: bytes) -> None:
    held = ctypes.create_string_buffer(seccomp, len(seccomp))
    program = _Program(len(seccomp) // 8, ctypes.cast(held, ctypes.c_void_p))
    _check(_libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0), "filter system calls")


def _use_streams(errors: int) -> None:
    """No input, output to nowhere, errors to the warden. The device is the jail's."""
    null = os.open("/dev/null", os.O_RDWR)
    for number, target in ((null, 0), (null, 1), (errors, 2)):
        os.dup2(number, target)


def _close_all_but(needed: set[int]) -> None:
    for number in _descriptors() - needed:
        os.close(number)


def _descriptors() -> set[int]:
    """The open descriptors, without the one with which the folder is listed."""
    found = {int(name) for name in os.listdir("/proc/self/fd")}  # noqa: PTH208 (numbers only)
    return {number for number in found if _is_open(number)}


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
