"""The supervisor's connection to the warden, and the history that answers the driver's questions."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from sandbox.caps import Caps
from sandbox.inside.supervision.lateness import Lateness
from sandbox.protocol import End

LONGEST_HISTORY = 20_000
DATED = frozenset({"lane-up", "lane-down", "command"})
"""The supervisor's own events that end and begin what lanes' events do: they have its time."""
encode = json.JSONEncoder(ensure_ascii=False, default=str).encode
"""A text in any script counts with the bytes that it has, not with those of its escapes."""


class WardenConnection:
    """Writes events, refusals and the end of the run; keeps every event for `bench.wait_for`."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._received = b""
        self.caps = Caps()
        self.started = time.monotonic()
        self.history: list[dict[str, Any]] = []
        self.handed_out: set[int] = set()
        """Places in `history` of the events that a driver has got already."""
        self.listeners: list[Callable[[], None]] = []
        self.last_change = self.started
        self.ended = False
        self.lateness = Lateness()

    def begin(self, caps: Caps) -> None:
        """A run begins now: its clock, its caps."""
        self.caps, self.started = caps, time.monotonic()
        self.lateness.begin(self.started)

    def receive(self) -> list[dict[str, Any]]:
        """What the warden has sent, as far as whole lines have come. The jail ends with the connection."""
        piece = b""
        with contextlib.suppress(ConnectionResetError):  # a killed warden had not read everything
            piece = self._socket.recv(1 << 20)
        if not piece:
            end_jail()
        *lines, self._received = (self._received + piece).split(b"\n")
        return [json.loads(line) for line in lines]

    def event(self, lane: str, kind: str, **fields: Any) -> None:
        """Send one event. `at`, where given, is the sender's monotonic time; it becomes `data.at` in seconds
        of the run.
        """
        now = time.monotonic()
        at = fields.pop("at", None)
        event = {"lane": lane, "kind": kind, **fields}
        if at is None and kind in DATED:
            at = now
        if at is not None:
            event["data"] = {**event.get("data", {}), "at": round(max(0.0, at - self.started), 4)}
        if len(self.history) < LONGEST_HISTORY:
            self.history.append({**event, "t": round(now - self.started, 4)})
        if kind not in {"broker-sample", "log", "probe", "lateness"}:
            self.last_change = now
        line = _bytes(event)
        for admitted in self.caps.admit(event, len(line), now):
            # The caps nearly always admit the event itself, whose text exists already.
            self._send_event(line if admitted is event else _bytes(admitted))
        for listener in list(self.listeners):
            listener()

    def report_dropped(self) -> None:
        """Report what the caps dropped, if it is time."""
        for dropped in self.caps.report(time.monotonic()):
            self._send_event(_bytes(dropped))

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
        """The run is over. Only the first call counts."""
        if self.ended:
            return
        self.ended = True
        for event in self.caps.close():
            self._send_event(_bytes(event))
        self._send({"end": {"outcome": outcome, "reason": reason, "lateness": self.lateness.summary()}})

    def _send(self, message: dict[str, Any]) -> None:
        self._write(_bytes(message))

    def _send_event(self, text: bytes) -> None:
        self._write(b'{"event": ' + text + b"}")

    def _write(self, line: bytes) -> None:
        # The warden has gone where this fails. It kills the jail when it does, so there is nothing to handle.
        with contextlib.suppress(OSError):
            self._socket.sendall(line + b"\n")


def end_jail() -> None:
    """End every process of this jail, which its process 1 then leaves as well.

    Where the warden was killed while bubblewrap was making the jail, no signal of the kernel ends it.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    os._exit(0)


def _bytes(message: dict[str, Any]) -> bytes:
    """JSON in UTF-8. Half a surrogate pair, which a lane may send, becomes a question mark."""
    return encode(message).encode("utf-8", "replace")
