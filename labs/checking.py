"""What a lab's checks.py is written in: a Trace in, a Verdict or a number out. Pure; no Django, no files.

A check is a function of a Trace that returns a Verdict; its id is the function's name. `teeth` returns None when the run
put the question, otherwise the sentence that says what did not occur: then the verdict is `not_tested`, never `passed`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sandbox.protocol import Event, Kind

__all__ = ["Check", "Event", "Measure", "Run", "Trace", "Verdict", "check", "measure"]

ENDINGS = {
    Kind.TASK_SUCCEEDED: "succeeded",
    Kind.TASK_FAILED: "failed",
    Kind.TASK_RETRIED: "retried",
    Kind.TASK_REJECTED: "rejected",
    Kind.TASK_REVOKED: "revoked",
}


ONLY_SAID_BY = {Kind.STUB_CALLED: "stub", Kind.PROBE: "probe"}
"""Evidence of effects: a learner's program that says it itself proves nothing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says: whether it passed, what was expected, what was observed, and the `seq` of the events that show it."""

    passed: bool
    expected: str
    observed: str
    events: tuple[int, ...] = ()


@dataclass(slots=True)
class Run:
    """One run of one task in one lane. Times in seconds since the claim; while `outcome` is `open`, `ended` is infinite
    and `end_seq` 0. `outcome` is `succeeded failed retried rejected revoked killed open`."""

    task: str
    name: str
    lane: str
    started: float
    start_seq: int
    number: int | None = None
    process: int | None = None
    ended: float = math.inf
    end_seq: int = 0
    outcome: str = "open"

    def end(self, event: Event, outcome: str) -> None:
        self.ended, self.end_seq, self.outcome = event.t, event.seq, outcome


@dataclass
class Trace:
    """All events of a run in order, and its knobs, without what a program told that was not its to tell.

    What the supervisor marked as forged is shown to people, and not here; nor is what only a stub or a probe can see,
    where a lane said it that is none. What a lane is, is the supervisor's word.
    """

    events: list[Event]
    knobs: Mapping[str, Any]
    _runs: list[Run] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        systems = {event.lane: event.data.get("system") for event in self.events if event.kind == Kind.LANE_UP}
        self.events = [
            event
            for event in self.events
            if not event.data.get("forged")
            and systems.get(event.lane) in (None, ONLY_SAID_BY.get(event.kind, systems.get(event.lane)))
        ]

    def of(self, kind: str, **match: Any) -> list[Event]:
        """Events of a kind whose fields, or else whose `data`, hold these values."""
        return [e for e in self.events if e.kind == kind and all(_value(e, k) == v for k, v in match.items())]

    def random(self) -> random.Random:
        """What `bench.random` was when the run began: the run's inputs, by the word of the runner."""
        started = self.of(Kind.RUN_STARTED)
        return random.Random(started[0].data["seed"])  # noqa: S311 (to be repeated, not to be secret)

    def under_way(self, event: Event) -> list[Run]:
        """The runs of tasks that had started and not ended when this event came: one of them made a stub's call."""
        return [run for run in self.runs() if run.start_seq < event.seq and not 0 < run.end_seq < event.seq]

    def runs(self, name: str | None = None) -> list[Run]:
        """Runs of tasks by start, of one name (the last part of the dotted name) or of all."""
        if self._runs is None:
            self._runs = _read_runs(self.events)
        return [run for run in self._runs if name is None or run.name == name]


TraceCheck = Callable[[Trace], Verdict]
TraceMeasure = Callable[[Trace], float | int | None]
Teeth = Callable[[Trace], str | None]
AnyCheck = TypeVar("AnyCheck", bound=TraceCheck)
AnyMeasure = TypeVar("AnyMeasure", bound=TraceMeasure)


@dataclass(frozen=True, slots=True)
class Check:
    id: str
    title: str
    judge: TraceCheck
    teeth: Teeth | None


@dataclass(frozen=True, slots=True)
class Measure:
    id: str
    title: str
    unit: str
    read: TraceMeasure


MARK = "_labs_checking"


def check(title: str, *, teeth: Teeth | None = None) -> Callable[[AnyCheck], AnyCheck]:
    """Mark a function as a check; raises `TypeError` for teeth that cannot be called."""
    if teeth is not None and not callable(teeth):
        raise TypeError("teeth= takes a function of the trace")

    def mark(function: AnyCheck) -> AnyCheck:
        setattr(function, MARK, Check(function.__name__, title, function, teeth))
        return function

    return mark


def measure(title: str, *, unit: str) -> Callable[[AnyMeasure], AnyMeasure]:
    """Mark a function as a measure."""

    def mark(function: AnyMeasure) -> AnyMeasure:
        setattr(function, MARK, Measure(function.__name__, title, unit, function))
        return function

    return mark


def marked(names: Iterable[Any]) -> tuple[list[Check], list[Measure]]:
    """The checks and the measures among the values of a module, in their order."""
    found = [getattr(value, MARK) for value in names if hasattr(value, MARK)]
    return [m for m in found if isinstance(m, Check)], [m for m in found if isinstance(m, Measure)]


def _value(event: Event, name: str) -> Any:
    own = getattr(event, name, None) if name in Event.__dataclass_fields__ else None
    return event.data.get(name) if own is None else own


def _read_runs(events: Iterable[Event]) -> list[Run]:
    runs: list[Run] = []
    live: list[Run] = []
    for event in events:
        if event.kind == Kind.TASK_STARTED and event.task:
            number, process = event.data.get("run"), event.data.get("process")
            runs.append(Run(event.task, event.name or "", event.lane, event.t, event.seq, number, process))
            live.append(runs[-1])
        elif event.kind in ENDINGS and (run := _ended_by(event, live)):
            run.end(event, ENDINGS[event.kind])
            live.remove(run)
        elif event.kind == Kind.LANE_DOWN:
            for run in [run for run in live if _died_with(run, event)]:
                run.end(event, "killed")
                live.remove(run)
    return runs


def _ended_by(event: Event, live: list[Run]) -> Run | None:
    """By the number that both events carry, where known; else first started, first ended in the lane."""
    same = [run for run in live if run.task == event.task]
    number = event.data.get("run")
    if number is not None:
        return next((run for run in same if run.number == number), None)
    return next((run for run in same if run.lane == event.lane), None)


def _died_with(run: Run, down: Event) -> bool:
    """A lane's end takes its runs and those of its children; a child's end takes what that process ran."""
    if run.lane == down.lane or run.lane.startswith(f"{down.lane}/"):
        return True
    lane, _, child = down.lane.partition("/")
    return bool(child) and run.lane == lane and run.process is not None and run.process == down.data.get("pid")
