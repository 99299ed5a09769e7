"""One jail: a bubblewrap process and a connection to the supervisor inside."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import time
from enum import StrEnum
from pathlib import Path
from typing import Any

from sandbox.warden.environments import Environment
from sandbox.warden.jails import command_line, watchdog
from sandbox.warden.jails.control_groups import WEIGHT
from sandbox.warden.jails.kernel_memory import KernelMemory
from sandbox.warden.jails.nursery import Nursery
from sandbox.warden.jails.preparation import Preparation
from sandbox.warden.jails.settings import JailSettings

PATIENCE = 0.3
"""Seconds for bubblewrap to end by itself once everything inside has ended."""
MEMORY_WHILE_WARM = 320 << 20
LOCKS_EVERY = 0.1
"""Seconds of a jail's processor time after which its file locks are counted again: time for 100,000 locks of
200 bytes.
"""
_numbers = itertools.count(1)


class JailState(StrEnum):
    """The states of a jail, in their order."""

    WARMING = "warming"
    READY = "ready"
    RUNNING = "running"
    GONE = "gone"


class Jail:
    """Its state is `WARMING` when it is made, and `READY` when the supervisor has reported so. `kill` may be
    called at any time and repeatedly.

    With a nursery, the jail is made without a supervisor. `enter` is due when `made` can be read, which is -1
    otherwise. Without one, the supervisor starts with the jail and warms up in it.
    """

    def __init__(self, settings: JailSettings, env: Environment, nursery: Nursery | None = None) -> None:
        self.environment = env.name
        self.state = JailState.WARMING
        self.created_at = self.last_heard_at = time.monotonic()
        self.memory = MEMORY_WHILE_WARM
        self._settings = settings
        self._uid = settings.layout.reserve_uid()
        self._volume = settings.layout.make_volume(next(_numbers), self._uid)
        self._group = settings.groups.make()
        if self._group is not None:
            self._group.limit_memory(self.memory)
        # The jail inherits its end: no path leads to this socket, so no other process can connect.
        self.control, theirs = socket.socketpair()
        self.control.setblocking(False)
        self.errors, errors = os.pipe()
        os.set_blocking(self.errors, False)
        self.error_output = ""
        self._killed_at: float | None = None
        self._has_full_share = False
        self._counted_at = 0.0
        self._kernel = KernelMemory()
        self.nursery, self.made, self._holder_input = nursery, -1, -1
        self._theirs: tuple[socket.socket, int] | None = theirs, errors
        try:
            if nursery is not None:
                self._process = self._spawn_empty(env, errors)
            else:
                self._process = self._spawn(env, theirs.fileno(), errors)
                self._close_theirs()
        except OSError:
            self.clean_up()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def _spawn(self, env: Environment, control: int, errors: int) -> subprocess.Popen[bytes]:
        program = command_line.program(env, control)
        return self._bubblewrap(env, program, [control], (subprocess.DEVNULL, subprocess.DEVNULL, errors))

    def _spawn_empty(self, env: Environment, errors: int) -> subprocess.Popen[bytes]:
        """Start a jail with nothing in it but its holder, which answers when the jail is finished."""
        asked, self._holder_input = os.pipe()
        self.made, answer = os.pipe()
        os.write(self._holder_input, b"?")
        try:
            return self._bubblewrap(env, [command_line.HOLDER], [], (asked, answer, errors))
        finally:
            os.close(asked)
            os.close(answer)

    def _bubblewrap(
        self, env: Environment, program: list[str], passed: list[int], streams: tuple[int, int, int]
    ) -> subprocess.Popen[bytes]:
        descriptors = command_line.Descriptors()
        settings, space = self._settings, self.nursery.user_space if self.nursery is not None else None
        try:
            words = command_line.arguments(
                env,
                settings.layout.code,
                self._volume,
                settings.seccomp,
                descriptors,
                is_entered=self.nursery is not None,
            )
            options = int(descriptors.of(words))
            return subprocess.Popen(
                # The jail can read argv[0], so that is not the program's path on the host.
                ["bwrap", "--args", str(options), "--", *program],
                executable=settings.bwrap,
                env={},
                cwd="/",
                stdin=streams[0],
                stdout=streams[1],
                stderr=streams[2],
                close_fds=True,
                pass_fds=[*passed, *descriptors.open],
                preexec_fn=Preparation(self._group, self._uid, user_space=space),  # noqa: PLW1509 (one thread)
            )
        except subprocess.SubprocessError as error:
            raise OSError(0, f"its preparation failed: {error}") from error
        finally:
            descriptors.close()

    def enter(self) -> None:
        """The holder has answered, or ended: have a supervisor forked into the jail. Where that fails, the
        connection ends, as it does when a supervisor has ended.
        """
        answer = os.read(self.made, 1)
        os.close(self.made)  # nothing else that a program could make the holder say is read
        self.made = -1
        assert self.nursery is not None
        assert self._theirs is not None
        control, errors = self._theirs
        groups: list[int] = []
        try:
            if answer and self.state is JailState.WARMING:
                groups = self._group.open_files() if self._group is not None else []
                holder = _child_of(_child_of(self.pid))
                self.nursery.populate(holder, control.fileno(), errors, groups)
        except (OSError, IndexError) as error:
            self.error_output += f"the zygote could not be asked ({error})\n"
        finally:
            for group in groups:
                os.close(group)
            self._close_theirs()

    def _close_theirs(self) -> None:
        """Close the jail's ends of its connection and its errors."""
        if self._theirs is not None:
            self._theirs[0].close()
            os.close(self._theirs[1])
            self._theirs = None

    def begin(self, request: dict[str, Any]) -> None:
        """Send the run to the supervisor. It reads at once: a warm jail has no program that could stop it."""
        self._kernel = KernelMemory()
        self.control.settimeout(2)
        with contextlib.suppress(OSError):
            self.control.sendall(_line({"run": request}))
        self.control.setblocking(False)

    def command(self, command: dict[str, Any]) -> bool:
        """Send a command without waiting. False where the connection is full, because a program of the run
        has stopped the supervisor. A line this short is sent whole or not at all.
        """
        with contextlib.suppress(OSError):
            return self.control.send(_line({"command": command})) > 0
        return False

    def limit_memory(self, size: int) -> None:
        """Set the run's bound, in bytes."""
        self.memory = size
        if self._group is not None:
            self._group.limit_memory(size)

    def raise_share(self) -> None:
        """A run waits for this jail or is in it: give it a full share of the processor, not only
        idle time.
        """
        if self._group is not None and not self._has_full_share:
            self._group.weigh(WEIGHT)
        self._has_full_share = True

    def exceeded(self) -> str | None:
        """The bound that the jail has passed: `memory`, `processes`, `files` or `locks`; None if it is within
        all bounds.
        """
        counted = self._group.folders if self._group is not None else {}
        if self._group is not None and (what := self._group.exceeded()):
            return what
        if what := watchdog.exceeded_uncounted(self.pid, self.memory):
            return what
        if self._may_have_locked() and watchdog.too_many_locks(self.pid):
            return "locks"
        if {"memory", "pids"} <= set(counted):
            return None
        # A jail from a nursery has its holder before the supervisor.
        place = watchdog.SUPERVISOR + (self.nursery is not None)
        return watchdog.exceeded(self.pid, self.memory, place, self._kernel)

    def _may_have_locked(self) -> bool:
        """Has the jail used enough processor time since its locks were counted to make many more? To list
        the machine's locks, the kernel waits for all processors, and so does the warden.
        """
        used = self._group.processor_seconds() if self._group is not None else None
        if used is None:
            return True
        if used - self._counted_at < LOCKS_EVERY:
            return False
        self._counted_at = used
        return True

    def read_errors(self) -> None:
        """Keep the end of what bubblewrap, or a supervisor that could not start, wrote to standard error."""
        with contextlib.suppress(OSError):
            if piece := os.read(self.errors, 4096):
                self.error_output = (self.error_output + piece.decode("utf-8", "replace"))[-2000:]

    def kill(self) -> None:
        """Kill the jail's process 1; the kernel then kills every process in the jail. Bubblewrap collects it
        and ends, or is killed itself after `PATIENCE`.
        """
        self.state = JailState.GONE
        if self._process.returncode is not None:
            return
        if self._group is not None and self._killed_at is None:
            self._group.kill_all_but(self.pid)
        now = time.monotonic()
        self._killed_at = self._killed_at or now
        try:
            inside = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        except OSError:
            inside = []
        # The only child outside is bubblewrap's process 1 of the pid namespace.
        for child in inside:
            with contextlib.suppress(OSError):
                os.kill(int(child), signal.SIGKILL)
        if not inside or now - self._killed_at > PATIENCE:
            self._process.kill()

    def has_ended(self) -> bool:
        """Has bubblewrap ended? Collects its exit status."""
        return self._process.poll() is not None

    def clean_up(self) -> bool:
        """After the jail's end, remove its group and files. False while the kernel still uses them."""
        self.state = JailState.GONE
        if self._group is not None and not self._group.remove():
            return False
        self._group = None
        self._settings.layout.remove_volume(self._volume)
        self._settings.layout.release_uid(self._uid)
        self._volume = self._uid = None
        self.control.close()
        self._close_theirs()
        for descriptor in (self.errors, self.made, self._holder_input):
            if descriptor >= 0:
                os.close(descriptor)
        self.errors = self.made = self._holder_input = -1
        return True


def _child_of(pid: int) -> int:
    """The first child of a process. Raises `OSError` or `IndexError`."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"
