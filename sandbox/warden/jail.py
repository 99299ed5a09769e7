"""One jail: a bubblewrap process, a line to the supervisor inside, a life of warming, ready, running and gone."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import json
import os
import resource
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sandbox.warden import command_line, watchdog
from sandbox.warden.cgroups import WEIGHT, Cgroups, Group
from sandbox.warden.environments import Environment
from sandbox.warden.ground import Ground
from sandbox.warden.probe import drop_to

NICE = 5
PATIENCE = 0.3
"""Seconds that bubblewrap has to end by itself once all inside is dead."""
MEMORY_WHILE_WARM = 320 << 20
LIMITS = {
    resource.RLIMIT_DATA: 256 << 20,
    resource.RLIMIT_FSIZE: 32 << 20,
    resource.RLIMIT_NOFILE: 512,
    resource.RLIMIT_CORE: 1,  # 0 would bound files only: a program of the host that takes cores would be given them
    resource.RLIMIT_CPU: 60,
    resource.RLIMIT_MEMLOCK: 64 << 10,
    resource.RLIMIT_MSGQUEUE: 0,
}
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count(1)


class Stage(StrEnum):
    """Where a jail is in its life."""

    WARMING = "warming"
    READY = "ready"
    RUNNING = "running"
    GONE = "gone"


@dataclass
class Workshop:
    """What every jail of this warden is made with."""

    ground: Ground
    bwrap: Path
    cgroups: Cgroups
    seccomp: bytes | None


class Jail:
    """Made warming; `ready` when the supervisor said so. `kill` may be called at any time and more than once."""

    def __init__(self, workshop: Workshop, env: Environment) -> None:
        self.environment = env.name
        self.stage = Stage.WARMING
        self.born = self.heard = time.monotonic()
        self.memory = MEMORY_WHILE_WARM
        self._workshop = workshop
        self._uid = workshop.ground.take_uid()
        self._volume = workshop.ground.make_volume(next(_numbers), self._uid)
        self._group = workshop.cgroups.make()
        if self._group is not None:
            self._group.limit_memory(self.memory)
        self.control, theirs = socket.socketpair()
        self.control.setblocking(False)
        self.errors, errors = os.pipe()
        os.set_blocking(self.errors, False)
        self.said = ""
        self._killed_at: float | None = None
        self._hurries = False
        try:
            self._process = self._spawn(env, theirs.fileno(), errors)
        finally:
            theirs.close()
            os.close(errors)

    @property
    def pid(self) -> int:
        return self._process.pid

    def _spawn(self, env: Environment, control: int, errors: int) -> subprocess.Popen[bytes]:
        descriptors = command_line.Descriptors()
        workshop = self._workshop
        try:
            words = command_line.arguments(env, workshop.ground.code, self._volume, workshop.seccomp, descriptors)
            options = int(descriptors.of(words))
            return subprocess.Popen(
                # The path of the program is the host's affair, so it is not the name that the jail can read.
                ["bwrap", "--args", str(options), "--", *command_line.program(env, control)],
                executable=workshop.bwrap,
                env={},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                close_fds=True,
                pass_fds=[control, *descriptors.open],
                preexec_fn=_Preparation(self._group, self._uid),  # noqa: PLW1509 (the warden has one thread)
            )
        finally:
            descriptors.close()

    def begin(self, request: dict[str, Any]) -> None:
        """Hand the run to the supervisor, which waits for it: nothing in a warm jail could keep it from reading."""
        self.control.settimeout(2)
        with contextlib.suppress(OSError):
            self.control.sendall(_line({"run": request}))
        self.control.setblocking(False)

    def command(self, command: dict[str, Any]) -> bool:
        """Hand a command on without waiting: a program of the run may have stopped the supervisor. False where its line is full.

        A line as short as this goes whole or not at all.
        """
        with contextlib.suppress(OSError):
            return self.control.send(_line({"command": command})) > 0
        return False

    def limit_memory(self, size: int) -> None:
        """The run's own bound, in bytes."""
        self.memory = size
        if self._group is not None:
            self._group.limit_memory(size)

    def hurry(self) -> None:
        """Somebody waits for this jail, or runs in it: it gets its share of the processor, not only what is left."""
        if self._group is not None and not self._hurries:
            self._group.weigh(WEIGHT)
        self._hurries = True

    def exceeded(self) -> str | None:
        """`memory`, `processes`, `files` or `locks`, None while the jail keeps its bounds."""
        counted = self._group.folders if self._group is not None else {}
        if self._group is not None and (what := self._group.exceeded()):
            return what
        if what := watchdog.uncounted(self.pid, self.memory):
            return what
        if {"memory", "pids"} <= set(counted):
            return None
        return watchdog.exceeded(self.pid, self.memory)

    def read_errors(self) -> None:
        """Keep the last words of bubblewrap or of a supervisor that could not start."""
        with contextlib.suppress(OSError):
            if piece := os.read(self.errors, 4096):
                self.said = (self.said + piece.decode("utf-8", "replace"))[-2000:]

    def kill(self) -> None:
        """Kill the jail's process 1, and all of it with it. Bubblewrap reaps it and ends, unless it has to be made to."""
        self.stage = Stage.GONE
        if self._process.returncode is not None:
            return
        if self._group is not None and self._killed_at is None:
            self._group.kill(spare=self.pid)
        now = time.monotonic()
        self._killed_at = self._killed_at or now
        try:
            inside = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        except OSError:
            inside = []
        for child in inside:
            with contextlib.suppress(OSError):
                os.kill(int(child), signal.SIGKILL)
        if not inside or now - self._killed_at > PATIENCE:
            self._process.kill()

    def has_ended(self) -> bool:
        """Has bubblewrap ended? Reaps it."""
        return self._process.poll() is not None

    def clear_away(self) -> bool:
        """After its end: remove its group and files; False while the kernel still holds them."""
        self.stage = Stage.GONE
        if self._group is not None and not self._group.remove():
            return False
        self._group = None
        self._workshop.ground.drop_volume(self._volume)
        self._workshop.ground.give_uid(self._uid)
        self._volume = self._uid = None
        self.control.close()
        if self.errors >= 0:
            os.close(self.errors)
            self.errors = -1
        return True


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


class _Preparation:
    """What happens between fork and exec of bubblewrap. The order matters: join groups as root, then bounds, then drop root."""

    def __init__(self, group: Group | None, uid: int | None) -> None:
        self._group, self._uid, self._warden = group, uid, os.getpid()

    def __call__(self) -> None:
        os.setsid()
        if self._group is not None:
            self._group.join()
        os.nice(NICE)
        for which, most in LIMITS.items():
            _, hard = resource.getrlimit(which)
            bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(which, (bound, bound))
        if self._uid is not None:
            drop_to(self._uid)
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # a change of user clears it, so it comes last
        if os.getppid() != self._warden:
            os._exit(1)  # the warden died in between
