"""What a driver asked for and still waits for: the next event of a kind, or quiet."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.inside.wire import Wire

MOST_WAITS = 50
FIELDS = ("lane", "task", "name", "attempt")


@dataclass
class _Wait:
    line: socket.socket
    lane: str
    question: dict[str, Any]
    until: float
    seen: int = 0


class Asking:
    """Answers `wait` and `quiet` questions as soon as they can be answered, or at their deadline."""

    def __init__(self, wire: Wire, quiet_for: Callable[[], float]) -> None:
        self._wire, self._quiet_for = wire, quiet_for
        self._waits: list[_Wait] = []

    def ask(self, line: socket.socket, lane: str, question: dict[str, Any]) -> None:
        """Take a question in; it may be answered at once."""
        if len(self._waits) >= MOST_WAITS:
            reply(line, {"error": "too many questions at once"})
            return
        deadline = min(max(float(question.get("deadline") or 0), 0), 600)
        self._waits.append(_Wait(line, lane, question, time.monotonic() + deadline))
        self.look()

    def look(self) -> None:
        """Answer what can be answered now."""
        now = time.monotonic()
        for wait in list(self._waits):
            answer = self._quiet(wait) if wait.question["ask"] == "quiet" else self._event(wait)
            if answer is None and now < wait.until:
                continue
            if wait in self._waits:  # a mark below is an event, and an event looks again
                self._waits.remove(wait)
                reply(wait.line, answer if answer is not None else self._too_late(wait))

    def forget(self, line: socket.socket) -> None:
        """The process that asked has gone."""
        self._waits = [wait for wait in self._waits if wait.line is not line]

    def next_deadline(self) -> float | None:
        """Monotonic time of the next answer that is due, None if nobody waits."""
        return min((wait.until for wait in self._waits), default=None)

    def _quiet(self, wait: _Wait) -> dict[str, Any] | None:
        return {"quiet": True} if self._quiet_for() >= float(wait.question.get("settle") or 0.5) else None

    def _event(self, wait: _Wait) -> dict[str, Any] | None:
        kind, match = wait.question.get("event"), wait.question.get("match") or {}
        for place in range(wait.seen, len(self._wire.history)):
            event = self._wire.history[place]
            forged = event.get("data", {}).get("forged")
            if event["kind"] == kind and not forged and place not in self._wire.given and fits(event, match):
                self._wire.given.add(place)
                return {"event": {**event, "seq": place + 1}}
        wait.seen = len(self._wire.history)
        return None

    def _too_late(self, wait: _Wait) -> dict[str, Any]:
        within = f"within {float(wait.question.get('deadline') or 0):g} s"
        if wait.question["ask"] == "quiet":
            self._mark(wait, f"deadline passed: the lab was not quiet {within}")
            return {"quiet": False}
        match = wait.question.get("match") or {}
        what = " ".join([str(wait.question.get("event")), *(f"{key}={value}" for key, value in match.items())])
        return {"deadline": self._mark(wait, f"deadline passed: no {what} {within}")}

    def _mark(self, wait: _Wait, text: str) -> str:
        self._wire.event(wait.lane, "mark", data={"text": text})
        return text


def fits(event: dict[str, Any], match: dict[str, Any]) -> bool:
    """Do the event's fields, then its data, hold these values?"""
    data = event.get("data", {})
    return all((event.get(key) if key in FIELDS else data.get(key)) == value for key, value in match.items())


def reply(line: socket.socket, answer: dict[str, Any]) -> None:
    """Answer a process that waits on its channel; one that has gone is nobody's loss."""
    try:
        line.send(json.dumps(answer, default=str).encode())
    except OSError:
        return
