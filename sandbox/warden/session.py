"""One connection of a runner, which is one run: what goes in, what comes out, how it ends."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from dataclasses import asdict
from typing import Any

from sandbox.caps import Caps
from sandbox.inside.limits import TOO_MANY_FILES
from sandbox.lines import LINE_FROM_JAIL, Malformed, read
from sandbox.protocol import LINE_LIMIT, End, RunEnd, RunRequest
from sandbox.warden.jail import Jail

SILENCE = 8.0
"""Seconds without a word from a supervisor after which it counts as stopped."""
MOST_UNSENT = 8 << 20
INVALID_LINES = 100
SUPERVISOR_GONE = "The bench's supervisor in the jail was ended by the code of this run."
SUPERVISOR_STOPPED = "The bench's supervisor in the jail was stopped by the code of this run."


class Session:
    """A runner's connection. It has a jail from the moment one is given until the run has ended."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.socket = sock
        self.request: RunRequest | None = None
        self.jail: Jail | None = None
        self.end: RunEnd | None = None
        self.closing = False
        self.deadline = 0.0
        self.asked_at = time.monotonic()
        self.unsent = bytearray()
        self._from_runner = b""
        self._from_jail = b""
        self._caps = Caps()
        self._invalid = 0

    # From the runner

    def receive(self) -> list[dict[str, Any]] | None:
        """Messages of the runner that are complete, None when it has gone or spoke nonsense."""
        try:
            piece = self.socket.recv(1 << 18)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not piece:
            return None
        self._from_runner += piece
        *lines, self._from_runner = self._from_runner.split(b"\n")
        if len(self._from_runner) > LINE_LIMIT:
            return None
        try:
            messages = [json.loads(line) for line in lines]
        except (ValueError, RecursionError):
            return None
        return messages if all(isinstance(message, dict) for message in messages) else None

    # To the runner

    def say(self, message: dict[str, Any]) -> None:
        """Queue a line for the runner; one that does not read for long is dropped, and its run with it."""
        self.unsent += json.dumps(message).encode() + b"\n"
        if len(self.unsent) > MOST_UNSENT:
            self.closing = True
            self.unsent.clear()
        self.flush()

    def flush(self) -> None:
        """Send what the socket takes."""
        while self.unsent:
            try:
                sent = self.socket.send(self.unsent)
            except BlockingIOError:
                return
            except OSError:
                self.unsent.clear()
                self.closing = True
                return
            del self.unsent[:sent]

    def refuse(self, sentence: str) -> None:
        """A run or a command that was not taken."""
        self.say({"refused": sentence})

    # The run

    def begin(self, jail: Jail) -> None:
        """The run has a jail now, and its clock runs."""
        assert self.request is not None
        self.jail = jail
        self._caps = Caps(events=self.request.limits.events)
        now = jail.heard = time.monotonic()
        self.deadline = now + self.request.limits.wall
        jail.limit_memory(self.request.limits.memory_mb << 20)
        jail.begin(self.request.to_json())

    def hear(self, piece: bytes) -> None:
        """Bytes from the jail: validate each line, pass on what may pass."""
        assert self.jail is not None
        self.jail.heard = time.monotonic()
        self._from_jail += piece
        *lines, self._from_jail = self._from_jail.split(b"\n")
        if len(self._from_jail) > LINE_FROM_JAIL:
            self.finish(End.ERROR, SUPERVISOR_GONE)
        for line in lines:
            if self.end is not None:
                return
            self._hear_line(line)
        for dropped in self._caps.report(time.monotonic()):
            self.say({"event": dropped})

    def _hear_line(self, line: bytes) -> None:
        try:
            message = read(line)
        except Malformed:
            self._invalid += 1
            self._caps.count_invalid("driver")
            if self._invalid > INVALID_LINES:
                self.finish(End.ERROR, SUPERVISOR_GONE)
            return
        if "event" in message:
            for event in self._caps.admit(message["event"], len(line), time.monotonic()):
                self.say({"event": event})
        elif "refused" in message:
            self.refuse(message["refused"])
        elif "end" in message:
            self.finish(End(message["end"]["outcome"]), message["end"]["reason"])

    def look(self) -> None:
        """Is the run over its time, its memory or its processes, or its supervisor silent?"""
        if self.jail is None or self.request is None or self.end is not None:
            return
        now = time.monotonic()
        if now >= self.deadline:
            self._hear_the_rest()
            self.finish(End.TIMED_OUT, f"The run took longer than {self.request.limits.wall:g} s.")
        elif what := self.jail.exceeded():
            self._hear_the_rest()
            self.finish_over(what)
        elif now - self.jail.heard > SILENCE:
            self.finish(End.ERROR, SUPERVISOR_STOPPED)

    def _hear_the_rest(self) -> None:
        """What the jail told before its time was up is part of the run."""
        assert self.jail is not None
        with contextlib.suppress(OSError):
            self.hear(self.jail.control.recv(1 << 18))

    def jail_ended(self) -> None:
        """The jail's line broke without a last word."""
        if self.jail is None or self.end is not None:
            return
        if what := self.jail.exceeded():
            self.finish_over(what)
        else:
            self.finish(End.ERROR, SUPERVISOR_GONE)

    def finish_over(self, what: str) -> None:
        """The run passed a bound that the kernel or the watchdog keeps."""
        assert self.request is not None
        sentences = {
            "memory": f"The run used more than {self.request.limits.memory_mb} MiB of memory.",
            "processes": "The run started too many processes or threads.",
            "files": TOO_MANY_FILES,
            "locks": "The run held too many locks on files.",
        }
        self.finish(End.OVER_LIMIT, sentences[what])

    def finish(self, outcome: End, reason: str = "") -> None:
        """The run is over; the first word counts. Nothing of the jail lives when the runner reads it."""
        if self.end is not None:
            return
        if self.jail is not None:
            if outcome is End.ERROR and (what := self.jail.exceeded()):
                self.finish_over(what)  # what looked like an error was the bound: a killed process, a refused fork
                return
            self.jail.kill()
        for event in self._caps.close():
            self.say({"event": event})
        self.end = RunEnd(outcome, reason)

    def say_end(self) -> None:
        """The jail has gone: the last line."""
        assert self.end is not None
        self.say({"end": asdict(self.end)})
        self.closing = True

    def close(self) -> None:
        """The connection is done."""
        with contextlib.suppress(OSError):
            self.socket.close()
