"""One attempt's account of a run: every event with its seq and time, kept in memory and written to the stream as it comes.

The stream may be away for a while or may have lost its last second in a crash: what it lacks is written again, with the same
seq, so that watchers see neither a gap nor a double.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Any
from uuid import UUID

from labs import stream
from labs.valkey import Unreachable
from sandbox.protocol import TRACE_EVENTS, TRACE_LIMIT, Event, Kind

log = logging.getLogger(__name__)
TRY_AGAIN = 0.25
"""Seconds between attempts to write while the stream is away."""
OWN_EVENTS = 8
"""Places in a trace for the run's own events, which the warden does not count."""
OVERHEAD = 40
"""Bytes that seq and t add to an event."""


class Journal:
    """`began` is the monotonic time of the claim."""

    def __init__(self, run: UUID, attempt: int, *, began: float) -> None:
        self.run, self.attempt = run, attempt
        self._began, self._offset = began, 0.0
        self._earlier: list[tuple[str, str]] = [(self._now(), stream.opening(attempt))]
        self._mine: list[tuple[str, str]] = []
        self._size = 0
        self._opened = False
        self._written = 0
        self._next_try = 0.0
        self.cut = 0

    def _now(self) -> str:
        return f"{self._offset + time.monotonic() - self._began:.3f}"

    @property
    def pending(self) -> bool:
        """Is there something that the stream does not have?"""
        return not self._opened or self._written < len(self)

    def __len__(self) -> int:
        return len(self._earlier) + len(self._mine)

    @property
    def lines(self) -> list[str]:
        """The whole trace so far."""
        return stream.lines([*self._earlier, *self._mine])

    @property
    def events(self) -> list[Event]:
        return [Event.from_json(json.loads(line)) for line in self.lines]

    def note(self, *bodies: str) -> None:
        """Take events down with the time of now."""
        now = self._now()
        self._mine += [(now, body) for body in bodies]
        self._size += sum(len(body) + OVERHEAD for body in bodies)

    def write(self, *bodies: str) -> None:
        """Take events down and pass them on; raises `stream.Fenced`."""
        self.note(*bodies)
        self.flush()

    def room_for(self, kind: Kind, body: str) -> bool:
        """May this event still be taken? The warden keeps the caps, this is the last door."""
        kept = kind in (Kind.LANE_UP, Kind.LANE_DOWN, Kind.COMMAND, Kind.DROPPED)
        events, size = len(self._mine), self._size + len(body)
        roomy = events < TRACE_EVENTS + OWN_EVENTS and size < TRACE_LIMIT
        if roomy or (kept and events < TRACE_EVENTS * 1.1 and size < TRACE_LIMIT * 1.1):
            return True
        self.cut += 1
        return False

    def flush(self, *, now_or_never: bool = False, keep: int = stream.KEEP_LIVE) -> bool:
        """Write what the stream lacks; False when it is away. Raises `stream.Fenced`."""
        if time.monotonic() < self._next_try and not now_or_never:
            return False
        try:
            if not self._opened:
                self._open()
            while self._written < len(self):
                self._write_some(keep)
        except Unreachable as error:
            if not self._next_try:
                log.warning("the stream of run %s is away: %r", self.run, error)
            self._next_try = time.monotonic() + TRY_AGAIN
            return False
        self._next_try = 0.0
        return True

    def _open(self) -> None:
        """Say the attempt's first word unless it was said, and learn what there was before."""
        stream.append_once(self.run, self.attempt, self._earlier[-1][1], self._earlier[-1][0])
        self._earlier = stream.read(self.run)
        self._written = len(self._earlier)
        self._opened = True
        self._never_back()

    def _never_back(self) -> None:
        """Time goes on from the last event of an earlier attempt, whose runner had another clock."""
        late = float(self._earlier[-1][0]) - self._offset
        if late > 0:
            self._offset += late
            self._mine = [(f"{float(t) + late:.3f}", body) for t, body in self._mine]

    def _write_some(self, keep: int) -> None:
        whole = [*self._earlier, *self._mine] if self._written < len(self._earlier) else None
        start = self._written
        rest = whole[start:] if whole else self._mine[start - len(self._earlier) :]
        self._written = stream.append(self.run, self.attempt, start + 1, rest[: stream.AT_ONCE], keep)


def run_started(seed: int, knobs: dict[str, Any]) -> str:
    return stream.body(Kind.RUN_STARTED, seed=seed, knobs=knobs)


def run_ended(outcome: str, reason: str) -> str:
    return stream.body(Kind.RUN_ENDED, outcome=outcome, reason=reason)
