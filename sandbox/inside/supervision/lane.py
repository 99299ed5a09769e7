"""A lane: one process of a lab, with its output, its channel to the supervisor and its state."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.inside.supervision.preforked import PreforkedProcess
from sandbox.protocol import ProcessSpec

LONGEST_LINE = 2000


@dataclass
class Lane:
    """The supervisor's view of a lane. `pid` is None while the lane is down."""

    spec: ProcessSpec
    pid: int | None = None
    channel: socket.socket | None = None
    output: int | None = None
    is_up: bool = False
    starts: int = 0
    start_again: bool = False
    commanded: bool = False
    is_stopped: bool = False
    """As far as commands and `stops.py` know."""
    awaits_stop: bool = False
    """A command stopped it, and the kernel has not reported that yet."""
    foreign_stops: int = 0
    fatal: str | None = None
    importing: str = ""
    """The file of the lab that the process says it is importing; "" for none."""
    last_line: str = ""
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )
    _rest: str = ""

    @property
    def name(self) -> str:
        return self.spec.lane

    def begin(self, process: PreforkedProcess) -> None:
        """The lane runs in this process from now on."""
        self.pid, self.channel, self.output = process.pid, process.channel, process.output
        self.is_stopped = self.awaits_stop = False
        self.is_up, self.commanded, self.fatal, self.last_line, self._rest = False, False, None, "", ""
        self.importing = ""
        self.starts += 1

    def lines(self, piece: bytes, *, last: bool = False) -> Iterator[str]:
        """Complete lines of standard output and error; with `last`, also an incomplete one at the end."""
        text = self._rest + self._decoder.decode(piece, last)
        whole = text.split("\n")
        # A line that has not ended yet keeps its beginning, which is all that will be shown of it.
        self._rest = "" if last else whole.pop()[: LONGEST_LINE + 1]
        for line in whole:
            if line.strip():
                self.last_line = line[:300]
                yield line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + "…"

    def processes(self) -> list[int]:
        """The lane's own process and all others in its session, oldest first."""
        if self.pid is None:
            return []
        return [pid for pid, session in sessions() if session == self.pid or pid == self.pid]

    def children(self) -> list[int]:
        """The direct children of the lane's process."""
        try:
            listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        except OSError:
            return []
        return [int(word) for word in listed.split()]

    def signal(self, number: int) -> None:
        """Send a signal to the lane's process group. A kill, stop or continue also goes to processes that
        left the group (a pool may) but are still in the session.
        """
        if self.pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)
        if number in {signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT}:
            for pid in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message to the lane's process. If it has ended, nobody needs the message."""
        if self.channel is not None:
            with contextlib.suppress(OSError):
                self.channel.send(json.dumps(message, default=str).encode())

    def close(self) -> None:
        """Close the descriptors of a process that has ended."""
        if self.channel is not None:
            self.channel.close()
        if self.output is not None:
            os.close(self.output)
        self.channel = self.output = self.pid = None
        self.is_up = False


def sessions() -> Iterator[tuple[int, int]]:
    """(pid, session id) of every process in the jail."""
    for entry in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):  # noqa: PTH208 (names only)
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The second field is the program's name in parentheses: any bytes, also ") ".
            fields = Path(f"/proc/{entry}/stat").read_bytes().rpartition(b")")[2].split()
            yield entry, int(fields[3])


def exit_of(status: int) -> dict[str, Any]:
    """`exit` and `signal` of a wait status, one of them None."""
    if os.WIFSIGNALED(status):
        return {"exit": None, "signal": os.WTERMSIG(status)}
    return {"exit": os.WEXITSTATUS(status), "signal": None}
