"""One connection of a runner, which is one run: its messages, its limits and its end."""

from __future__ import annotations

import contextlib
import json
import socket
import time
import traceback
from dataclasses import asdict
from typing import Any

from sandbox.caps import Caps
from sandbox.jail_lines import LINE_FROM_JAIL, Malformed, event_line, event_text, read
from sandbox.protocol import LINE_LIMIT, End, RunEnd, RunRequest
from sandbox.volumes import TOO_MANY_FILES
from sandbox.warden.jails.jail import Jail

SILENCE = 8.0
"""Seconds without a message from a supervisor after which it counts as stopped."""
MOST_UNSENT = 8 << 20
INVALID_LINES = 100
SUPERVISOR_GONE = "The bench's supervisor in the jail was ended by the code of this run."
SUPERVISOR_STOPPED = "The bench's supervisor in the jail was stopped by the code of this run."


class Session:
    """A runner's connection. `jail` is set from its assignment until the jail has ended."""

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
        """Complete messages of the runner; None when it has closed the connection or sent what is not a
        message.
        """
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

    def send(self, message: dict[str, Any]) -> None:
        """Queue a message for the runner."""
        self._queue(json.dumps(message).encode() + b"\n")

    def _send_event(self, event: dict[str, Any]) -> None:
        self._queue(event_line(event_text(event)))

    def _queue(self, line: bytes) -> None:
        """Queue a line. A runner that does not read is disconnected, which ends its run."""
        self.unsent += line
        if len(self.unsent) > MOST_UNSENT:
            self.closing = True
            self.unsent.clear()
        self.flush()

    def flush(self) -> None:
        """Send as much as the socket accepts without blocking."""
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
        """Tell the runner that a run or a command is refused."""
        self.send({"refused": sentence})

    # The run

    def begin(self, jail: Jail) -> None:
        """Start the run in this jail; its wall time begins now."""
        assert self.request is not None
        self.jail = jail
        self._caps = Caps(events=self.request.limits.events)
        now = jail.last_heard_at = time.monotonic()
        self.deadline = (
            now + self.request.limits.wall
        )  # counted here, where no program of the run can stop it
        jail.limit_memory(self.request.limits.memory_mb << 20)
        jail.begin(self.request.to_json())

    def receive_from_jail(self, piece: bytes) -> None:
        """Validate each line of these bytes from the jail, and pass on what the caps admit."""
        assert self.jail is not None
        self.jail.last_heard_at = time.monotonic()
        self._from_jail += piece
        *lines, self._from_jail = self._from_jail.split(b"\n")
        # Only a program that took over the supervisor's connection writes a line this long.
        if len(self._from_jail) > LINE_FROM_JAIL:
            self.finish(End.ERROR, SUPERVISOR_GONE)
        for line in lines:
            if self.end is not None:
                return
            self._handle_line(line)
        for dropped in self._caps.report(time.monotonic()):
            self._send_event(dropped)

    def _handle_line(self, line: bytes) -> None:
        try:
            message = read(line)
        except Malformed:
            self._invalid += 1
            self._caps.count_invalid("driver")
            # A few can come from a bug; this many mean that other code writes to the connection.
            if self._invalid > INVALID_LINES:
                self.finish(End.ERROR, SUPERVISOR_GONE)
            return
        if "event" in message:
            event = message["event"]
            text = event_text(event)
            for admitted in self._caps.admit(event, len(text), time.monotonic()):
                # The caps nearly always admit the event itself, whose text exists already.
                self._queue(event_line(text if admitted is event else event_text(admitted)))
        elif "refused" in message:
            self.refuse(message["refused"])
        elif "end" in message:
            end = message["end"]
            self.finish(End(end["outcome"]), end["reason"], end["lateness"])

    def check_limits(self) -> None:
        """End the run if it is over its time, memory or processes, or if its supervisor is silent."""
        if self.jail is None or self.request is None or self.end is not None:
            return
        now = time.monotonic()
        # Deadline and bounds first: a run that has passed one gets that sentence, however else it looks.
        if now >= self.deadline:
            self._read_remaining()
            self.finish(End.TIMED_OUT, f"The run took longer than {self.request.limits.wall:g} s.")
        elif what := self._passed_bound():
            self._read_remaining()
            self.finish_over_limit(what)
        elif now - self.jail.last_heard_at > SILENCE:
            self.finish(End.ERROR, SUPERVISOR_STOPPED)

    def _read_remaining(self) -> None:
        """Read what the jail sent before the limit was noticed: it is part of the trace."""
        assert self.jail is not None
        with contextlib.suppress(OSError):
            self.receive_from_jail(self.jail.control.recv(1 << 18))

    def jail_ended(self) -> None:
        """The jail's connection ended without an `end` message."""
        if self.jail is None or self.end is not None:
            return
        if what := self._passed_bound():
            self.finish_over_limit(what)
        else:
            self.finish(End.ERROR, SUPERVISOR_GONE)

    def _passed_bound(self) -> str | None:
        """The bound that the jail has passed. What it shows of itself may be more than the warden can read:
        such a jail must not go on, and must not end the other runs.
        """
        assert self.jail is not None
        try:
            return self.jail.exceeded()
        except Exception:
            traceback.print_exc()
            return "uncounted"

    def finish_over_limit(self, what: str) -> None:
        """End the run for a bound that the kernel or the watchdog enforces; `what` names it."""
        assert self.request is not None
        sentences = {
            "memory": f"The run used more than {self.request.limits.memory_mb} MiB of memory.",
            "processes": "The run started too many processes or threads.",
            "files": TOO_MANY_FILES,
            "locks": "The run held too many locks on files.",
            "uncounted": "The warden could not tell how much the run used.",
        }
        self.finish(End.OVER_LIMIT, sentences[what])

    def finish(self, outcome: End, reason: str = "", lateness: dict[str, float | None] | None = None) -> None:
        """The run is over. Only the first call counts. The runner gets the end when the jail has ended."""
        if self.end is not None:
            return
        if self.jail is not None:
            if outcome is End.ERROR and (what := self._passed_bound()):
                # The error was only a consequence: the kernel killed a process or refused a fork.
                self.finish_over_limit(what)
                return
            self.jail.kill()
        for event in self._caps.close():
            self._send_event(event)
        self.end = RunEnd(outcome, reason, lateness or {})

    def send_end(self) -> None:
        """Send the last line, once the jail has ended."""
        assert self.end is not None
        self.send({"end": asdict(self.end)})
        self.closing = True

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.close()
