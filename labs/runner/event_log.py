"""The events of one claim of a run, each with its seq and time, kept in memory and written to the stream.

The stream may be unreachable for a while, or may have lost its last second in a crash. What it lacks is
written again with the same seq, so that watchers see neither a gap nor a duplicate.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Any
from uuid import UUID

from labs.live import stream
from labs.valkey import Unreachable
from sandbox.protocol import TRACE_EVENTS, TRACE_LIMIT, Event, Kind

log = logging.getLogger(__name__)
WRITE_AGAIN_AFTER = 0.25
"""Seconds between tries to write while the stream is unreachable."""
OWN_EVENTS = 8
"""Events that the runner may add to a trace beyond the warden's cap."""
OVERHEAD = 40
"""Bytes that seq and t add to an event."""


class EventLog:
    """The events of one claim. `began` is the time of the claim by the monotonic clock."""

    def __init__(self, run: UUID, claim: int, *, began: float) -> None:
        self.run, self.claim = run, claim
        self._began, self._offset = began, 0.0
        # Only the opening event, until the stream has been read: it has the events of earlier claims.
        self._earlier: list[tuple[str, str]] = [(self._now(), stream.opening_event(claim))]
        self._own: list[tuple[str, str]] = []
        self._size = 0
        self._opened = False
        self._written = 0
        self._next_try = 0.0
        self.cut = 0

    def _now(self) -> str:
        return f"{self._offset + time.monotonic() - self._began:.3f}"

    @property
    def pending(self) -> bool:
        """Does the stream lack events?"""
        return not self._opened or self._written < len(self)

    def __len__(self) -> int:
        return len(self._earlier) + len(self._own)

    @property
    def lines(self) -> list[str]:
        """The whole trace so far."""
        return stream.trace_lines([*self._earlier, *self._own])

    @property
    def events(self) -> list[Event]:
        return [Event.from_json(json.loads(line)) for line in self.lines]

    def note(self, *bodies: str) -> None:
        """Record events with the current time."""
        now = self._now()
        self._own += [(now, body) for body in bodies]
        self._size += sum(len(body) + OVERHEAD for body in bodies)

    def write(self, *bodies: str) -> None:
        """Record events and write them to the stream. Raises `stream.Fenced`."""
        self.note(*bodies)
        self.flush()

    def take_or_cut(self, kind: Kind, body: str) -> bool:
        """Does this event fit into the trace? Counts it as cut where it does not. The warden enforces the
        caps; this is the last check before a trace is stored.
        """
        is_reserved = kind in (Kind.LANE_UP, Kind.LANE_DOWN, Kind.COMMAND, Kind.DROPPED)
        events, size = len(self._own), self._size + len(body)
        roomy = events < TRACE_EVENTS + OWN_EVENTS and size < TRACE_LIMIT
        if roomy or (is_reserved and events < TRACE_EVENTS * 1.1 and size < TRACE_LIMIT * 1.1):
            return True
        self.count_cut()
        return False

    def count_cut(self) -> None:
        """Count an event that is not in the trace."""
        self.cut += 1

    def flush(self, *, now_or_never: bool = False, keep: int = stream.KEEP_LIVE) -> bool:
        """Write what the stream lacks; False when it is unreachable. Raises `stream.Fenced`."""
        if time.monotonic() < self._next_try and not now_or_never:
            return False
        try:
            if not self._opened:
                self._open()
            while self._written < len(self):
                self._write_some(keep)
        except Unreachable as error:
            if not self._next_try:
                log.warning("the stream of run %s is unreachable: %r", self.run, error)
            self._next_try = time.monotonic() + WRITE_AGAIN_AFTER
            return False
        self._next_try = 0.0
        return True

    def _open(self) -> None:
        """Write the claim's opening event unless somebody did, and read the events of earlier claims."""
        stream.append_opening(self.run, self.claim, self._earlier[-1][1], self._earlier[-1][0])
        self._earlier = stream.read_events(self.run)
        self._written = len(self._earlier)
        self._opened = True
        self._continue_time()

    def _continue_time(self) -> None:
        """Continue from the time of the last event of an earlier claim, whose runner had another clock."""
        late = float(self._earlier[-1][0]) - self._offset
        if late > 0:
            self._offset += late
            self._own = [(f"{float(t) + late:.3f}", body) for t, body in self._own]

    def _write_some(self, keep: int) -> None:
        # A restarted server may lack events of earlier claims; joining the lists costs, so only then.
        whole = [*self._earlier, *self._own] if self._written < len(self._earlier) else None
        start = self._written
        rest = whole[start:] if whole else self._own[start - len(self._earlier) :]
        self._written = stream.append_events(self.run, self.claim, start + 1, rest[: stream.AT_ONCE], keep)


def run_started(seed: int, knobs: dict[str, Any]) -> str:
    return stream.run_event(Kind.RUN_STARTED, seed=seed, knobs=knobs)


def run_ended(outcome: str, reason: str, lateness: dict[str, Any] | None = None) -> str:
    return stream.run_event(Kind.RUN_ENDED, outcome=outcome, reason=reason, lateness=lateness or {})
