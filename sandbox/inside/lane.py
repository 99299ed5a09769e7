"""A lane: one process of a lab with its standard output, its line to the supervisor, its life and its death."""

from __future__ import annotations

import atexit
import codecs
import contextlib
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.inside.channel import Channel
from sandbox.protocol import ProcessSpec

LONGEST_LINE = 2000
PR_SET_DUMPABLE = 4
THREAD_STACK = 1 << 20
"""Bytes: the usual 8 MiB count whole against the bound on memory, and forty threads of a pool would not fit."""


@dataclass
class Lane:
    """What the supervisor holds of a lane. `pid` is None while it is down."""

    spec: ProcessSpec
    pid: int | None = None
    channel: socket.socket | None = None
    output: int | None = None
    is_up: bool = False
    starts: int = 0
    start_again: bool = False
    commanded: bool = False
    fatal: str | None = None
    last_line: str = ""
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )
    _rest: str = ""

    @property
    def name(self) -> str:
        return self.spec.lane

    def fork(self, run: Callable[[Channel], None], *, keep: tuple[int, ...]) -> None:
        """Fork the lane's process, which calls `run` in a session of its own. `keep` are descriptors that it needs.

        It stays undumpable, as the supervisor is: no lane can reach another's memory, line or standard output.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            _become(run, theirs, writing, keep)
        theirs.close()
        os.close(writing)
        ours.setblocking(False)
        os.set_blocking(reading, False)
        self.pid, self.channel, self.output = pid, ours, reading
        self.is_up, self.commanded, self.fatal, self.last_line, self._rest = False, False, None, "", ""
        self.starts += 1

    def lines(self, piece: bytes, *, last: bool = False) -> Iterator[str]:
        """Whole lines of standard output and error, the last unfinished one too if nothing will follow."""
        text = self._rest + self._decoder.decode(piece, last)
        whole = text.split("\n")
        self._rest = "" if last else whole.pop()[-LONGEST_LINE * 4 :]
        for line in whole:
            if line.strip():
                self.last_line = line[:300]
                yield line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + "…"

    def processes(self) -> list[int]:
        """The lane's own process and whatever it started that is still in its session, oldest first."""
        return (
            [] if self.pid is None else [pid for pid, session in sessions() if session == self.pid or pid == self.pid]
        )

    def children(self) -> list[int]:
        """The direct children of the lane's process."""
        try:
            return [int(word) for word in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        except OSError:
            return []

    def signal(self, number: int) -> None:
        """Send a signal to the lane's process group, and to what left it but not its session when the signal is a kill."""
        if self.pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)
        if number in {signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT}:
            for pid in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)

    def close(self) -> None:
        """Forget the descriptors of a process that has gone."""
        if self.channel is not None:
            self.channel.close()
        if self.output is not None:
            os.close(self.output)
        self.channel = self.output = self.pid = None
        self.is_up = False


def sessions() -> Iterator[tuple[int, int]]:
    """(pid, session) of every process that can be seen here."""
    for entry in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):  # noqa: PTH208 (names only)
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            yield entry, int(fields[3])


def _become(run: Callable[[Channel], None], theirs: socket.socket, writing: int, keep: tuple[int, ...]) -> None:
    """In the forked child: a session, standard streams and nothing else that was open; never returns."""
    status = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        null = os.open("/dev/null", os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        line = theirs.detach()
        _close_all_but({0, 1, 2, line, *keep})
        _reopen_streams()
        gc.enable()
        threading.stack_size(THREAD_STACK)
        run(Channel(socket.socket(fileno=line)))
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


def exit_of(status: int) -> dict[str, Any]:
    """`exit` and `signal` of a wait status, one of them None."""
    if os.WIFSIGNALED(status):
        return {"exit": None, "signal": os.WTERMSIG(status)}
    return {"exit": os.WEXITSTATUS(status), "signal": None}
