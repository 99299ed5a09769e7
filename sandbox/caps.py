"""The caps of a trace: number of events, bytes, events a second. What the caps drop is reported in the trace.

Lines of output are cut before anything else: a program that prints much must not hide what its tasks do.

The supervisor in the jail applies them, so that a flood stays in the jail. The warden applies them again,
because the run's code may have written to the supervisor's connection. Standard library only; callers pass
the time in seconds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.protocol import BURST_PER_SECOND, EVENT_LIMIT, TRACE_EVENTS, TRACE_LIMIT

RESERVED = frozenset(
    {"lane-up", "lane-down", "command", "dropped", "run-queued", "run-started", "run-requeued", "run-ended"}
)
SHARE = 0.1
"""The part of the events and bytes that is reserved for these kinds and for each task's last state."""
CUT_FIRST, FIRST_SHARE = frozenset({"log"}), 0.6
"""These kinds may use only this part of the events, of the bytes, and of the events in one second."""
HELD_TASKS = 400
"""Tasks whose last state is kept for the reserved share, which has room for few more. Dropped events of
further tasks are only counted.
"""
REPORT_EVERY = 1.0


@dataclass
class Caps:
    """Admits events until a cap is reached. `events` in number, `size` in bytes, `burst` in
    events a second.
    """

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
        """Yield the event if the caps allow it. `size` is the length of its JSON in bytes; the texts of an
        event longer than `EVENT_LIMIT` keep only their beginnings, and `data.cut` has that length.
        """
        original = event
        if size > EVENT_LIMIT:
            event, size = shortened(event, size)
        kind, task = event["kind"], event.get("task")
        reserved = kind in RESERVED
        # A burst of other events must not drop what says that a lane went down: reserved kinds skip that cap.
        share = 1.0 if reserved else FIRST_SHARE if kind in CUT_FIRST else 1 - SHARE
        if self._has_room(size, share) and (reserved or self._in_burst(now, kind)):
            if task is not None:
                self._held.pop(
                    task, None
                )  # a later state of the task is admitted, so the earlier one is not needed
            if event is not original:
                self._count(event)
            yield self._use(event, size)
            return
        self._count(event)
        if (
            task is not None
            and kind.startswith("task-")
            and (task in self._held or len(self._held) < HELD_TASKS)
        ):
            self._held[task] = (event, size)

    def count_invalid(self, lane: str) -> None:
        """Count a line that was not an event."""
        self._cut.setdefault(lane, Counter())["invalid"] += 1

    def report(self, now: float) -> Iterator[dict[str, Any]]:
        """A `dropped` event for each lane with dropped events, at most once a second."""
        if self._cut and now - self._reported >= REPORT_EVERY:
            self._reported = now
            yield from self._dropped()

    def close(self) -> Iterator[dict[str, Any]]:
        """At the end of a run: the last state of each task whose event was dropped, then the remaining
        reports.
        """
        for event, size in self._held.values():
            if self._has_room(size, 1.0):
                self._uncount(event)
                yield self._use({**event, "data": {**event.get("data", {}), "late": True}}, size)
        self._held.clear()
        yield from self._dropped()

    def _dropped(self) -> Iterator[dict[str, Any]]:
        for lane, counts in self._cut.items():
            lost = {kind: number for kind, number in counts.items() if number > 0}
            if lost:
                yield self._use(
                    {"lane": lane, "kind": "dropped", "data": {"counts": lost, "total": sum(lost.values())}},
                    200,
                )
        self._cut.clear()

    def _has_room(self, size: int, share: float) -> bool:
        return self.used < self.events * share and self.used_bytes + size <= self.size * share

    def _in_burst(self, now: float, kind: str) -> bool:
        if now - self._window >= 1:
            self._window, self._in_window = now, 0
        if self._in_window >= self.burst * (FIRST_SHARE if kind in CUT_FIRST else 1):
            return False
        self._in_window += 1
        return True

    def _use(self, event: dict[str, Any], size: int) -> dict[str, Any]:
        self.used += 1
        self.used_bytes += size
        return event

    def _uncount(self, event: dict[str, Any]) -> None:
        """The event is admitted late after all. A report that was written already stays as it is."""
        counts = self._cut.get(event["lane"])
        if counts and counts[event["kind"]] > 0:
            counts[event["kind"]] -= 1

    def _count(self, event: dict[str, Any]) -> None:
        self._cut.setdefault(event["lane"], Counter())[event["kind"]] += 1


def shortened(event: dict[str, Any], size: int) -> tuple[dict[str, Any], int]:
    """The event with only the beginnings of its texts, and the length of that in bytes; without its data if
    that is still too long.
    """
    for most in (1500, 400, 80):
        data = {key: _beginning(value, most) for key, value in event.get("data", {}).items()}
        cut = {**event, "data": {**data, "cut": size}}
        length = len(json.dumps(cut, ensure_ascii=False, default=str).encode("utf-8", "replace"))
        if length <= EVENT_LIMIT:
            return cut, length
    return {**event, "data": {"cut": size}}, 512


def _beginning(value: Any, most: int) -> Any:
    """The first `most` characters of a text; of a list or table only a word that says it was left out."""
    if isinstance(value, str):
        return value if len(value) <= most else value[:most] + "…"
    if isinstance(value, list | dict) and len(str(value)) > most:
        return "left out"
    return value
