"""Compares the figures of lessons with the recorded runs that they show: every time, lane and number."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authoring.figures import sequence
from authoring.figures.moments import Moment
from authoring.figures.sequence import Sequence
from authoring.problems import Problems, nearest
from labs.catalog.loading import LabSource
from labs.checking import Event
from labs.judging.executions import distance_of_zeros, moment_of

TOLERANCE = 0.1
"""Seconds. On a calm machine, a new recording differs by less; a wrong figure differs by more."""
_NUMBER = re.compile(r"(?<![\d.])\d{3,}(?![\d.]*\d)")
"""Numbers of orders and members, status codes: what is not a duration."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A recorded run, with the time of each event by the clock that the timeline shows."""

    name: str
    events: list[Event]
    times: list[float]

    @classmethod
    def of(cls, name: str, lines: Iterable[str]) -> RecordedRun:
        events = [Event.from_json(json.loads(line)) for line in lines]
        zero = distance_of_zeros(events)
        return cls(name, events, [moment_of(event, zero) for event in events])

    def found(self, moment: Moment) -> list[int]:
        """The places of all events of the moment's kind and values, in order."""
        return [place for place, event in enumerate(self.events) if _is_of(event, moment)]

    def place_of(self, moment: Moment) -> int | None:
        """The place of the moment's event; None if the run has none."""
        return next(iter(self.found(moment)[moment.number - 1 :]), None)

    def lanes_at(self, place: int) -> set[str]:
        """The lane of an event, that of a child's parent, and the target of a command."""
        event = self.events[place]
        named = [event.lane, *([str(event.data["target"])] if event.kind == "command" else [])]
        return {lane.partition("/")[0] for lane in named}


def compare(drawn: Sequence, labs: Mapping[str, LabSource], file: str, problems: Problems) -> None:
    """Add a problem for everything in the figure that differs from its recorded run."""
    slug, _, name = drawn.trace.partition("/")
    if slug not in labs:
        problems.add(file, drawn.line, f'there is no lab "{slug}"', nearest(slug, labs))
        return
    lines = labs[slug].recordings.get(name)
    if not lines:
        fix = f"record it: manage.py record_traces {slug}"
        problems.add(file, drawn.line, f'the lab "{slug}" has no recorded run of its {name}', fix)
        return
    run = RecordedRun.of(drawn.trace, lines)
    for event in drawn.events:
        _compare_event(event, run, file, problems)


def _compare_event(event: sequence.Event, run: RecordedRun, file: str, problems: Problems) -> None:
    numbers: set[str] = set()
    written = zip((event.start, event.end), event.moments, strict=False)
    for time, moment in written:
        place = run.place_of(moment)
        if place is None:
            what = f'the recorded run has no "{moment.text}"'
            fix = f"it has {len(run.found(moment))} such events; see {run.name}.jsonl"
            problems.add(file, event.line, what, fix)
            return
        numbers |= set(re.findall(r"\d+", json.dumps(_values(run.events[place]))))
        if abs(float(time) - run.times[place]) > TOLERANCE:
            what = f'{time} is not the time of "{moment.text}"'
            problems.add(file, event.line, what, f"write {run.times[place]:.2f}")
        lanes = run.lanes_at(place)
        if lanes.isdisjoint({event.lane, event.to}):
            what = f'"{moment.text}" is not in the lane "{event.to or event.lane}"'
            problems.add(file, event.line, what, f"draw it in {' or '.join(sorted(lanes))}")
    for number in _NUMBER.findall(event.text):
        if number not in numbers:
            what = f'"{event.moments[0].text}" has no number {number}'
            known = ", ".join(sorted(one for one in numbers if len(one) > 2)) or "none"
            problems.add(file, event.line, what, f"it has {known}")


def _is_of(event: Event, moment: Moment) -> bool:
    return event.kind == moment.kind and all(_has(event, *one) for one in moment.match)


def _has(event: Event, name: str, value: str) -> bool:
    own = getattr(event, name, None) if name in ("lane", "task", "name", "attempt") else event.data.get(name)
    return (str(own).lower() if isinstance(own, bool) else str(own)) == value


def _values(event: Event) -> list[Any]:
    """What an event says, without its times: a figure may name any number of it."""
    return [event.task, event.attempt, {name: value for name, value in event.data.items() if name != "at"}]
