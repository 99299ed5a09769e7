"""A run's trace as checks read it. Pure; no Django, no files."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.judging.executions import Execution, read_executions
from sandbox.protocol import Event, Kind

ONLY_OBSERVED_BY = {
    Kind.STUB_RECEIVED: "stub",
    Kind.STUB_CALLED: "stub",
    Kind.OUTAGE: "stub",
    Kind.HOLD: "stub",
    Kind.PROBE: "probe",
}
"""Kind of event -> the only kind of process that can observe it."""


@dataclass
class Trace:
    """The events of a run in order, and its knobs. Checks see no event that a program may have forged.

    Two kinds of events are left out: those that the supervisor marked as forged, and those that only a stub
    or a probe can observe although another lane reported them. The supervisor says what each lane is.
    """

    events: list[Event]
    knobs: Mapping[str, Any]
    _executions: list[Execution] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        systems = {
            event.lane: event.data.get("system") for event in self.events if event.kind == Kind.LANE_UP
        }
        self.events = [
            event
            for event in self.events
            if not event.data.get("forged")
            and systems.get(event.lane) in (None, ONLY_OBSERVED_BY.get(event.kind, systems.get(event.lane)))
        ]

    def of(self, kind: str, **match: Any) -> list[Event]:
        """Events of a kind whose fields have these values. Other names are looked up in `data`."""
        return [e for e in self.events if e.kind == kind and all(_value(e, k) == v for k, v in match.items())]

    def random(self) -> random.Random:
        """A generator in the state that `bench.random` had when the run began, so that a check can draw the
        same inputs as the driver. The seed comes from the runner, so learner code cannot change it.
        """
        started = self.of(Kind.RUN_STARTED)
        return random.Random(started[0].data["seed"])  # noqa: S311 - must be repeatable, not secret

    def under_way(self, event: Event) -> list[Execution]:
        """The executions that had started and not ended when this event came. A stub that was called then was
        called by one of them, or by a process that runs no task.
        """
        return [
            execution
            for execution in self.executions()
            if execution.start_seq < event.seq and not 0 < execution.end_seq < event.seq
        ]

    def executions(self, name: str | None = None, *, eager: bool = False) -> list[Execution]:
        """Executions by workers in the order of their starts: all, or those of tasks with this name (the last
        part of the dotted name). With `eager`, also those by callers, which no message caused.
        """
        if self._executions is None:
            self._executions = read_executions(self.events)
        return [
            execution
            for execution in self._executions
            if (name is None or execution.name == name) and (eager or not execution.eager)
        ]


def _value(event: Event, name: str) -> Any:
    own = getattr(event, name, None) if name in Event.__dataclass_fields__ else None
    return event.data.get(name) if own is None else own
