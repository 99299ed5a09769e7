"""What a trace may hold: numbers, bytes, bursts; a reserved share for what must never be cut; and a report of what was.

Both the supervisor inside the jail (to spare the wire) and the warden (which trusts nobody) apply these caps.
Standard library only; time is passed in, in seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.protocol import BURST_PER_SECOND, EVENT_LIMIT, TRACE_EVENTS, TRACE_LIMIT

RESERVED = frozenset(
    {"lane-up", "lane-down", "command", "dropped", "run-queued", "run-started", "run-requeued", "run-ended"}
)
SHARE = 0.1
"""The part of the events and of the bytes that only the reserved kinds and each task's last state may use."""
HELD_TASKS = 400
"""Tasks whose last state waits for the reserved share, which holds not many more. Of the further tasks of a flood, what is cut is
only counted."""
REPORT_EVERY = 1.0


@dataclass
class Caps:
    """Admits events until a cap is reached. `events` in number, `size` in bytes, `burst` in events a second."""

    events: int = TRACE_EVENTS
    size: int = TRACE_LIMIT
    burst: int = BURST_PER_SECOND
    used: int = 0
    used_bytes: int = 0
    _window: float = -1.0
    _in_window: int = 0
    _cut: dict[str, Counter[str]] = field(default_factory=dict)
    _held: dict[str, tuple[dict[str, Any], int]] = field(default_factory=dict)
    _reported: float = -REPORT_EVERY

    def admit(self, event: dict[str, Any], size: int, now: float) -> Iterator[dict[str, Any]]:
        """Yield the event if it fits, cut to its bones when it is longer than `EVENT_LIMIT`; `size` is its JSON's bytes."""
        whole = event
        if size > EVENT_LIMIT:
            event, size = {**event, "data": {"cut": size}}, 512
        kind, task = event["kind"], event.get("task")
        reserved = kind in RESERVED
        if self._room(size, reserve=not reserved) and (reserved or self._in_burst(now)):
            if task is not None:
                self._held.pop(task, None)
            if event is not whole:
                self._count(event)
            yield self._take(event, size)
            return
        self._count(event)
        if task is not None and kind.startswith("task-") and (task in self._held or len(self._held) < HELD_TASKS):
            self._held[task] = (event, size)

    def count_invalid(self, lane: str) -> None:
        """A line that was no event at all."""
        self._cut.setdefault(lane, Counter())["invalid"] += 1

    def report(self, now: float) -> Iterator[dict[str, Any]]:
        """A `dropped` event for each lane that lost some, at most once a second."""
        if self._cut and now - self._reported >= REPORT_EVERY:
            self._reported = now
            yield from self._dropped()

    def close(self) -> Iterator[dict[str, Any]]:
        """At the end of a run: the last state of each task that was cut, then what is still to report."""
        for event, size in self._held.values():
            if self._room(size, reserve=False):
                self._uncount(event)
                yield self._take({**event, "data": {**event.get("data", {}), "late": True}}, size)
        self._held.clear()
        yield from self._dropped()

    def _dropped(self) -> Iterator[dict[str, Any]]:
        for lane, counts in self._cut.items():
            lost = {kind: number for kind, number in counts.items() if number > 0}
            if lost:
                yield self._take(
                    {"lane": lane, "kind": "dropped", "data": {"counts": lost, "total": sum(lost.values())}}, 200
                )
        self._cut.clear()

    def _room(self, size: int, *, reserve: bool) -> bool:
        share = 1 - SHARE if reserve else 1
        return self.used < self.events * share and self.used_bytes + size <= self.size * share

    def _in_burst(self, now: float) -> bool:
        if now - self._window >= 1:
            self._window, self._in_window = now, 0
        self._in_window += 1
        return self._in_window <= self.burst

    def _take(self, event: dict[str, Any], size: int) -> dict[str, Any]:
        self.used += 1
        self.used_bytes += size
        return event

    def _uncount(self, event: dict[str, Any]) -> None:
        """It came late after all; what was reported already stays reported."""
        counts = self._cut.get(event["lane"])
        if counts and counts[event["kind"]] > 0:
            counts[event["kind"]] -= 1

    def _count(self, event: dict[str, Any]) -> None:
        self._cut.setdefault(event["lane"], Counter())[event["kind"]] += 1
