"""The supervisor's line to the warden, and the history that the driver's questions are answered from."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable
from typing import Any

from sandbox.caps import Caps
from sandbox.protocol import End

HISTORY = 20_000


class Wire:
    """Writes events, refusals and the end of the run; keeps every event for `bench.wait_for`."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.caps = Caps()
        self.started = time.monotonic()
        self.history: list[dict[str, Any]] = []
        self.given: set[int] = set()
        self.listeners: list[Callable[[], None]] = []
        self.last_change = self.started
        self.ended = False

    def begin(self, caps: Caps) -> None:
        """A run begins now: its clock, its caps."""
        self.caps, self.started = caps, time.monotonic()

    def event(self, lane: str, kind: str, **fields: Any) -> None:
        """Send one event. `at`, where given, is the sender's monotonic time and becomes `data.at` in seconds of the run."""
        now = time.monotonic()
        at = fields.pop("at", None)
        event = {"lane": lane, "kind": kind, **fields}
        if at is not None:
            event["data"] = {**event.get("data", {}), "at": round(max(0.0, at - self.started), 4)}
        if len(self.history) < HISTORY:
            self.history.append({**event, "t": round(now - self.started, 4)})
        if kind not in {"broker-sample", "log", "probe"}:
            self.last_change = now
        encoded = json.dumps(event, default=str)
        for admitted in self.caps.admit(event, len(encoded), now):
            self._send({"event": admitted})
        for listener in list(self.listeners):
            listener()

    def tick(self) -> None:
        """Report what the caps cut, if it is time."""
        for dropped in self.caps.report(time.monotonic()):
            self._send({"event": dropped})

    def alive(self) -> None:
        """Tell the warden that this supervisor is neither stopped nor stuck."""
        self._send({"alive": 1})

    def ready(self, **facts: Any) -> None:
        """The jail is warm."""
        self._send({"ready": facts})

    def refuse(self, sentence: str) -> None:
        """A learner's command could not be applied."""
        self._send({"refused": sentence})

    def end(self, outcome: End, reason: str = "") -> None:
        """The run is over; the first word counts."""
        if self.ended:
            return
        self.ended = True
        for event in self.caps.close():
            self._send({"event": event})
        self._send({"end": {"outcome": outcome, "reason": reason}})

    def _send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # the warden has gone: so will we, within this moment
            self._socket.sendall(json.dumps(message, default=str).encode() + b"\n")
