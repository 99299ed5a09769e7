"""A lane: one process of a lab with its standard output, its line to the supervisor, its life and its death."""

from __future__ import annotations

import codecs
import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.inside.spare import Spare
from sandbox.protocol import ProcessSpec

LONGEST_LINE = 2000


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

    def begin(self, spare: Spare) -> None:
        """The lane's process is this one now."""
        self.pid, self.channel, self.output = spare.pid, spare.channel, spare.output
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


def exit_of(status: int) -> dict[str, Any]:
    """`exit` and `signal` of a wait status, one of them None."""
    if os.WIFSIGNALED(status):
        return {"exit": None, "signal": os.WTERMSIG(status)}
    return {"exit": os.WEXITSTATUS(status), "signal": None}
