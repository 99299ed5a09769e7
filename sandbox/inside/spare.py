"""A process that is forked before it is known which lane it will be.

To fork a warm supervisor and to touch the memory that the child shares with it takes milliseconds of processor time, five
times over at the start of a lab. A warm jail has that behind it: its spare processes wait to be told their parts.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
import threading
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.inside.bench import connect as connect_bench
from sandbox.inside.channel import Channel
from sandbox.inside.processes import KINDS, Launch
from sandbox.inside.processes.kind import Prepared
from sandbox.protocol import ProcessSpec

THREAD_STACK = 1 << 20
"""Bytes: the usual 8 MiB count whole against the bound on memory, and forty threads of a pool would not fit."""
PIECE = 1 << 16
"""Bytes of a part that go at once: a script's part holds all files of the lab."""
TAKEN_WITHIN = 2.0
"""Seconds: another lane may have stopped the process that is told its part."""


@dataclass(frozen=True)
class Part:
    """All that a lane's process has to know. `environment` may hold empty texts: variables that are to be absent."""

    spec: ProcessSpec
    knobs: dict[str, Any]
    seed: int
    environment: dict[str, str]
    started: float
    files: dict[str, str]

    def play(self, channel: Channel, listening: socket.socket | None) -> None:
        """Be the lane; returns when its process has nothing more to do."""
        for name, value in self.environment.items():
            os.environ[name] = value
            if not value:
                del os.environ[name]
        connect_bench(channel, self.knobs, self.seed)
        prepared = Prepared(socket=listening)
        KINDS[self.spec.run].run(Launch(self.spec, channel, self.knobs, prepared, self.started, self.files))


@dataclass
class Spare:
    """The supervisor's ends of a process that waits: its line, and its standard output and error."""

    pid: int
    channel: socket.socket
    output: int
    has_socket: bool = False

    @classmethod
    def fork(cls, listening: socket.socket | None = None) -> Spare:
        """Make one. It stays undumpable, as the supervisor is: no lane can reach another's memory, line or output.

        `listening` is the socket of the lane that it will be, where that is known.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            _wait_and_play(theirs, writing, listening)
        theirs.close()
        os.close(writing)
        ours.setblocking(False)
        os.set_blocking(reading, False)
        return cls(pid, ours, reading, has_socket=listening is not None)

    def give(self, part: Part, listening: socket.socket | None) -> bool:
        """Tell it which lane it is, and hand it the socket on which that lane listens; False when it cannot be told.

        It has gone then, or was stopped, or nothing can be handed over: the kernel counts what a user has under way,
        and where jails share a user, one of them can use that up. A process that is forked now has its socket already.
        """
        descriptors = [] if listening is None or self.has_socket else [listening.fileno()]
        text = json.dumps(asdict(part)).encode()
        try:
            self.channel.settimeout(TAKEN_WITHIN)
            socket.send_fds(self.channel, [str(len(text)).encode()], descriptors)
            for place in range(0, len(text), PIECE):
                self.channel.send(text[place : place + PIECE])
        except OSError:
            self.dismiss()
            return False
        self.channel.setblocking(False)
        return True

    def dismiss(self) -> None:
        """It is not needed: it ends when its line does."""
        self.channel.close()
        os.close(self.output)


def _wait_and_play(theirs: socket.socket, writing: int, listening: socket.socket | None) -> None:
    """In the forked child: a session, standard streams and nothing else that was open, then its part; never returns."""
    status = 1
    try:
        line = _settle(theirs, writing, listening)
        part, handed = _hear_part(line)
        part.play(Channel(line), handed or listening)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else (0 if end.code is None else 1)
        if isinstance(end.code, str):
            sys.stderr.write(end.code + "\n")
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(BaseException):
            threading._shutdown()  # type: ignore[attr-defined]  # what the interpreter does at its end: wait for threads,
            atexit._run_exitfuncs()  # then the exit functions; `os._exit` below does neither
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status & 0xFF)


def _hear_part(line: socket.socket) -> tuple[Part, socket.socket | None]:
    """Wait for the part, and for the socket that may come with it; a line that ends means that nobody needs us."""
    length, descriptors, _, _ = socket.recv_fds(line, PIECE, 1)
    told = b""
    while not length or len(told) < int(length):
        piece = line.recv(PIECE) if length else b""
        if not piece:
            os._exit(0)
        told += piece
    fields = json.loads(told)
    part = Part(**{**fields, "spec": ProcessSpec(**fields["spec"])})
    return part, socket.socket(fileno=descriptors[0]) if descriptors else None


def _settle(theirs: socket.socket, writing: int, listening: socket.socket | None) -> socket.socket:
    """All that can be done before the part is known; returns the line."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    line = theirs.detach()
    _close_all_but({0, 1, 2, line} | ({listening.fileno()} if listening is not None else set()))
    _reopen_streams()
    os.chdir("/lab")
    sys.path.insert(0, "/lab")
    importlib.invalidate_caches()
    threading.stack_size(THREAD_STACK)
    gc.enable()
    return socket.socket(fileno=line)


def _close_all_but(kept: set[int]) -> None:
    for number in [int(name) for name in os.listdir("/proc/self/fd")]:  # noqa: PTH208 (numbers only)
        if number not in kept:
            with contextlib.suppress(OSError):
                os.close(number)


def _reopen_streams() -> None:
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 (a descriptor, for the life of the process)
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]
