"""A process that is forked before its lane is known.

Forking the warm supervisor, and copying the memory pages that the child then writes to, takes milliseconds of
processor time for each lane. A warm jail has done that already: its idle processes wait for an assignment.
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

from sandbox.inside.channel import Channel
from sandbox.inside.driver_api import connect as connect_bench
from sandbox.inside.processes import IMPLEMENTATIONS, Launch, Prepared
from sandbox.protocol import ProcessSpec

THREAD_STACK = 1 << 20
"""Bytes. The usual 8 MiB would count in full against RLIMIT_DATA, and forty threads of a pool would not fit.
"""
PIECE = 1 << 16
"""Bytes of an assignment in one datagram: a script's assignment holds all files of the lab."""
SEND_WITHIN = 2.0
"""Seconds: another lane may have stopped the process, which then does not read."""


@dataclass(frozen=True)
class Assignment:
    """All that a lane's process has to know. A variable of `environment` with an empty text is to
    be absent.
    """

    spec: ProcessSpec
    knobs: dict[str, Any]
    seed: int
    environment: dict[str, str]
    started: float
    files: dict[str, str]

    def run(self, channel: Channel, listening: socket.socket | None) -> None:
        """Run the lane; returns when its process has nothing left to do."""
        for name, value in self.environment.items():
            os.environ[name] = value
            if not value:
                del os.environ[name]
        connect_bench(channel, self.knobs, self.seed)
        prepared = Prepared(socket=listening)
        launch = Launch(self.spec, channel, self.knobs, prepared, self.started, self.files)
        IMPLEMENTATIONS[self.spec.kind].run(launch)


@dataclass
class PreforkedProcess:
    """The supervisor's side of an idle process: its channel, and the pipe of its standard output
    and error.
    """

    pid: int
    channel: socket.socket
    output: int
    has_socket: bool = False

    @classmethod
    def fork(cls, listening: socket.socket | None = None) -> PreforkedProcess:
        """Fork one. `listening` is the socket of its lane, where the lane is known already.

        The child stays undumpable, as the supervisor is, so no lane can open another's memory or descriptors
        through /proc.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            _wait_and_run(theirs, writing, listening)
        theirs.close()
        os.close(writing)
        ours.setblocking(False)
        os.set_blocking(reading, False)
        return cls(pid, ours, reading, has_socket=listening is not None)

    def assign(self, assignment: Assignment, listening: socket.socket | None) -> bool:
        """Send the process its assignment and the socket on which its lane listens. False when that fails;
        the process is dismissed then.

        It fails when the process has ended or is stopped. It also fails when the user has too many
        descriptors in flight (ETOOMANYREFS): where jails share a user, one jail can use up that count for
        all. A process that is forked with its socket does not need the transfer.
        """
        descriptors = [] if listening is None or self.has_socket else [listening.fileno()]
        text = json.dumps(asdict(assignment)).encode()
        try:
            self.channel.settimeout(SEND_WITHIN)
            socket.send_fds(self.channel, [str(len(text)).encode()], descriptors)
            for place in range(0, len(text), PIECE):
                self.channel.send(text[place : place + PIECE])
        except OSError:
            self.dismiss()
            return False
        self.channel.setblocking(False)
        return True

    def dismiss(self) -> None:
        """Close the channel, which ends the process."""
        self.channel.close()
        os.close(self.output)


def _wait_and_run(theirs: socket.socket, writing: int, listening: socket.socket | None) -> None:
    """In the forked child: prepare, wait for the assignment, run it and exit. Never returns."""
    status = 1
    try:
        channel = _prepare(theirs, writing, listening)
        assignment, received = _receive_assignment(channel)
        assignment.run(Channel(channel), received or listening)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else (0 if end.code is None else 1)
        if isinstance(end.code, str):
            sys.stderr.write(end.code + "\n")
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        # A normal exit would return into the supervisor's code, of which this process is a copy.
        with contextlib.suppress(BaseException):
            # What the interpreter does at its end and `os._exit` leaves out: wait for threads, run exit
            # functions.
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status & 0xFF)


def _receive_assignment(channel: socket.socket) -> tuple[Assignment, socket.socket | None]:
    """Wait for the assignment and the socket that may come with it. Ends the process when the
    channel ends.
    """
    length, descriptors, _, _ = socket.recv_fds(channel, PIECE, 1)
    received = b""
    while not length or len(received) < int(length):
        piece = channel.recv(PIECE) if length else b""
        if not piece:
            os._exit(0)
        received += piece
    fields = json.loads(received)
    assignment = Assignment(**{**fields, "spec": ProcessSpec(**fields["spec"])})
    return assignment, socket.socket(fileno=descriptors[0]) if descriptors else None


def _prepare(theirs: socket.socket, writing: int, listening: socket.socket | None) -> socket.socket:
    """Do all that can be done before the assignment is known; returns the channel."""
    os.setsid()  # a session of its own, by which the supervisor finds whatever the lane starts
    # The pipe is the supervisor's: a signal to this process would wake the supervisor.
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    channel = theirs.detach()
    # Also the other lanes' channels, through which this one could send notes in their names.
    _close_all_but({0, 1, 2, channel} | ({listening.fileno()} if listening is not None else set()))
    _reopen_streams()
    os.chdir("/lab")
    sys.path.insert(0, "/lab")
    importlib.invalidate_caches()
    threading.stack_size(THREAD_STACK)
    gc.enable()
    return socket.socket(fileno=channel)


def _close_all_but(kept: set[int]) -> None:
    for number in [int(name) for name in os.listdir("/proc/self/fd")]:  # noqa: PTH208 (numbers only)
        if number not in kept:
            with contextlib.suppress(OSError):
                os.close(number)


def _reopen_streams() -> None:
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 (a descriptor, for the life of the process)
    sys.stdout, sys.stderr = (
        open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        for descriptor in (1, 2)
    )
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]
