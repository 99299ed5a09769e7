"""One nursery: bubblewrap with a zygote in it, from which an environment's supervisors are forked.

A nursery has the folders of a jail and no network, and the filter of a jail except for the calls that enter
one. Its user namespace is above those of its jails, so the zygote has rights over these jails and over
nothing else. Its process namespace is the warden's, because jails can be entered only from a namespace above
theirs. A nursery that ends harms no jail that has its supervisor.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import select
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from sandbox import seccomp
from sandbox.jail_descriptors import MOST_GROUPS, NAMES
from sandbox.warden.environments import Environment
from sandbox.warden.jails import command_line
from sandbox.warden.jails.control_groups import WEIGHT, WEIGHT_WHILE_WARMING
from sandbox.warden.jails.host_layout import FIRST_UID, UIDS
from sandbox.warden.jails.preparation import LIMITS, Preparation
from sandbox.warden.jails.settings import JailSettings

MEMORY = 512 << 20
INSIDE_UID = 1000
FORKS = 40
"""Jails of one zygote. They share the layout of its memory, so it is renewed from time to time."""
LONGEST_END, LONGEST_ANSWER = 10.0, 5.0
"""Seconds that a retired zygote has for its last jails, and bubblewrap for naming its child."""


class Nursery:
    """Warms up from its start on; `is_warm` when its zygote has said so. One that is not urgent gets only
    idle processor time until then. Whatever becomes of it, `kill` and then `clean_up` give back what it used.
    """

    def __init__(self, settings: JailSettings, env: Environment, *, is_urgent: bool) -> None:
        self.environment = env.name
        self.is_warm = self.has_served = False
        """Has its zygote said that it is warm; has a jail of it been ready?"""
        self._retired_at: float | None = None
        self.made_at, self.forks = time.monotonic(), 0
        self.user_space = -1
        self.errors, errors = os.pipe()
        os.set_blocking(self.errors, False)
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel.setblocking(False)
        self._settings = settings
        self._uid = settings.layout.reserve_uid()
        self._group = settings.groups.make()
        if self._group is not None:
            self._group.limit_memory(MEMORY)
            self._group.weigh(WEIGHT)  # until it is adopted, because the warden waits for that
        self._has_full_share = is_urgent
        self._process: subprocess.Popen[bytes] | None = None
        self._env, self._theirs = env, (theirs, errors)

    def start(self) -> None:
        """Start bubblewrap and, in it, the zygote. Raises `OSError`."""
        theirs, errors = self._theirs
        try:
            self._spawn(self._env, theirs.fileno(), errors)
            if self._group is not None and not self._has_full_share:
                self._group.weigh(WEIGHT_WHILE_WARMING)
        finally:
            theirs.close()
            os.close(errors)

    def fileno(self) -> int:
        """The connection to the zygote, for a selector."""
        return self.channel.fileno()

    @property
    def pid(self) -> int:
        """Of its bubblewrap; 0 when that was not started."""
        return self._process.pid if self._process is not None else 0

    @property
    def is_worn(self) -> bool:
        """Have so many jails its memory's layout that it should be replaced?"""
        return self.forks >= FORKS

    def _spawn(self, env: Environment, channel: int, errors: int) -> None:
        descriptors = command_line.Descriptors()
        (told, tell), (wait, go) = os.pipe(), os.pipe()
        descriptors.open += [tell, wait]
        try:
            words = command_line.nursery_arguments(
                env,
                self._settings.layout.code,
                seccomp.program(platform.machine(), allowed=seccomp.OF_NURSERIES),
                descriptors,
                uid=INSIDE_UID if self._uid is None else self._uid,
                info=tell,
                wait=None if self._uid is None else wait,
            )
            options = int(descriptors.of(words))
            jail_filter = int(descriptors.of(self._settings.seccomp or b""))
            program = command_line.nursery_program(env, channel, jail_filter)
            self._process = subprocess.Popen(
                ["bwrap", "--args", str(options), "--", *program],
                executable=self._settings.bwrap,
                env={},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                close_fds=True,
                pass_fds=[channel, *descriptors.open],
                preexec_fn=Preparation(self._group, self._uid, limits=_LIMITS),  # noqa: PLW1509 (one thread)
            )
            descriptors.close()  # so that the end of bubblewrap ends what `_adopt` reads
            self._adopt(told, go)
        except subprocess.SubprocessError as error:
            raise OSError(0, f"its preparation failed: {error}") from error
        finally:
            descriptors.close()
            os.close(told)
            os.close(go)

    def _adopt(self, told: int, go: int) -> None:
        """Take hold of the nursery's user namespace; as root, map the ids of all jails into it first. Raises
        `OSError`.
        """
        child = _child_named(told)
        if self._uid is not None:
            # None of the ids is root's, and each is the same inside.
            for name in ("uid_map", "gid_map"):
                Path(f"/proc/{child}/{name}").write_text(f"{FIRST_UID} {FIRST_UID} {UIDS}\n")
            os.write(go, b"!")
        self.user_space = os.open(f"/proc/{child}/ns/user", os.O_RDONLY | os.O_CLOEXEC)

    def hear(self) -> bool:
        """Read what the zygote says. False when it has gone."""
        try:
            said = self.channel.recv(64)
        except BlockingIOError:
            return True
        except OSError:
            said = b""
        if said == b"warm":
            self.is_warm = True
            self.raise_share()
        return bool(said)

    def raise_share(self) -> None:
        """Give it a full share of the processor."""
        if self._group is not None and not self._has_full_share:
            self._group.weigh(WEIGHT)
        self._has_full_share = True

    def populate(self, holder: int, control: int, errors: int, groups: Iterable[int]) -> None:
        """Have a supervisor forked into the jail of this holder (a process id). Raises `OSError`. The message
        is the number of `groups`, so that the zygote knows whether all of them have come.
        """
        spaces, groups = [], list(groups)
        if len(groups) > MOST_GROUPS:
            raise OSError(0, f"a jail of {len(groups)} control groups")
        try:
            for name in NAMES[:-2]:
                spaces.append(os.open(f"/proc/{holder}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC))
            socket.send_fds(self.channel, [bytes([len(groups)])], [*spaces, control, errors, *groups])
            self.forks += 1
        finally:
            for descriptor in spaces:
                os.close(descriptor)

    def last_words(self) -> str:
        """The last line that bubblewrap or the zygote printed; empty if there is none."""
        try:
            lines = os.read(self.errors, 1 << 16).decode("utf-8", "replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1][:200] if lines else ""

    def retire(self) -> None:
        """Let the zygote end when it has done what it was told."""
        self._retired_at = time.monotonic()
        self.channel.close()

    def kill(self) -> None:
        """End it now. The zygote asked the kernel to end with bubblewrap; its children did not."""
        self.channel.close()
        if self._group is not None:
            self._group.kill_all_but(self.pid)
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)

    def clean_up(self) -> bool:
        """After its end, release what it used. False while it has not ended; one that takes too long is
        killed.
        """
        if self._retired_at is not None and time.monotonic() - self._retired_at > LONGEST_END:
            self.kill()
        if self._process is not None and self._process.poll() is None:
            return False
        if self._group is not None and not self._group.remove():
            return False
        self._settings.layout.release_uid(self._uid)
        for descriptor in (self.errors, self.user_space):
            if descriptor >= 0:
                os.close(descriptor)
        return True


_LIMITS = {which: most for which, most in LIMITS.items() if which != resource.RLIMIT_CPU}
"""A zygote's own processor time grows with each jail. Each jail has its bound on it (jail_entry.py)."""


def _child_named(told: int) -> int:
    """The process that bubblewrap started, from JSON that may come in pieces. Raises `OSError`."""
    said = b""
    while not said.rstrip().endswith(b"}"):
        if not select.select([told], [], [], LONGEST_ANSWER)[0]:
            raise OSError(0, "bubblewrap did not make a nursery in time")
        if not (piece := os.read(told, 4096)):
            raise OSError(0, "bubblewrap made no nursery")
        said += piece
    return int(json.loads(said)["child-pid"])
