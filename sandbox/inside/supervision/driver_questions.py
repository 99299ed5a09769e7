"""Questions of a driver that wait for their answer: for the next event of a kind, or for quiet."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.inside.supervision.warden_connection import WardenConnection
from sandbox.protocol import Kind

MOST_WAITS = 50
FIELDS = ("lane", "task", "name", "attempt")


@dataclass
class _Waiting:
    """`until` is monotonic; the events up to the place `seen` of the history have been compared."""

    channel: socket.socket
    lane: str
    question: dict[str, Any]
    until: float
    seen: int = 0


class DriverQuestions:
    """Answers `wait` and `quiet` questions as soon as they can be answered, or at their deadline."""

    def __init__(self, warden: WardenConnection, note_quiet: Callable[[], float]) -> None:
        self._warden, self._note_quiet = warden, note_quiet
        self._waits: list[_Waiting] = []
        self.lanes_missed: dict[str, float] = {}
        """Lanes whose `lane-up` a driver waited for in vain, and for how many seconds."""

    def ask(self, channel: socket.socket, lane: str, question: dict[str, Any]) -> None:
        """Queue a question; it is answered at once where that is possible."""
        if len(self._waits) >= MOST_WAITS:
            reply(channel, {"error": "too many questions at once"})
            return
        deadline = min(max(float(question.get("deadline") or 0), 0), 600)
        self._waits.append(_Waiting(channel, lane, question, time.monotonic() + deadline))
        self.answer_due()

    def answer_due(self) -> None:
        """Answer every question that has its answer or is past its deadline."""
        now = time.monotonic()
        for wait in list(self._waits):
            answer = self._quiet(wait) if wait.question["ask"] == "quiet" else self._event(wait)
            if answer is None and now < wait.until:
                continue
            # The mark of a passed deadline is an event, and each event calls this method again.
            if wait in self._waits:
                self._waits.remove(wait)
                reply(wait.channel, answer if answer is not None else self._too_late(wait))

    def forget(self, channel: socket.socket) -> None:
        """The process that asked has ended."""
        self._waits = [wait for wait in self._waits if wait.channel is not channel]

    def next_deadline(self) -> float | None:
        """Monotonic time of the next deadline; None if no question waits."""
        return min((wait.until for wait in self._waits), default=None)

    def _quiet(self, wait: _Waiting) -> dict[str, Any] | None:
        return {"quiet": True} if self._note_quiet() >= float(wait.question.get("settle") or 0.5) else None

    def _event(self, wait: _Waiting) -> dict[str, Any] | None:
        kind, match = wait.question.get("event"), wait.question.get("match") or {}
        for place in range(wait.seen, len(self._warden.history)):
            event = self._warden.history[place]
            if event["kind"] != kind or event.get("data", {}).get("forged"):
                continue
            if place not in self._warden.handed_out and event_matches(event, match):
                self._warden.handed_out.add(place)
                return {"event": {**event, "seq": place + 1}}
        wait.seen = len(self._warden.history)
        return None

    def _too_late(self, wait: _Waiting) -> dict[str, Any]:
        within = f"within {float(wait.question.get('deadline') or 0):g} s"
        if wait.question["ask"] == "quiet":
            self._mark(wait, f"deadline passed: the lab was not quiet {within}")
            return {"quiet": False}
        match = wait.question.get("match") or {}
        if wait.question.get("event") == Kind.LANE_UP and isinstance(match.get("lane"), str):
            self.lanes_missed.setdefault(match["lane"], float(wait.question.get("deadline") or 0))
        wanted = [str(wait.question.get("event")), *(f"{key}={value}" for key, value in match.items())]
        return {"deadline": self._mark(wait, f"deadline passed: no {' '.join(wanted)} {within}")}

    def _mark(self, wait: _Waiting, text: str) -> str:
        self._warden.event(wait.lane, "mark", data={"text": text})
        return text


def event_matches(event: dict[str, Any], match: dict[str, Any]) -> bool:
    """Has the event these values, in its fields or else in its data?"""
    data = event.get("data", {})
    return all((event.get(key) if key in FIELDS else data.get(key)) == value for key, value in match.items())


def reply(channel: socket.socket, answer: dict[str, Any]) -> None:
    """Answer a process that waits on its channel. If it has ended, nobody needs the answer."""
    try:
        channel.send(json.dumps(answer, default=str).encode())
    except OSError:
        return
