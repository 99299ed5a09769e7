"""Rewrites the figures of a lesson after its lab's runs were recorded again: times, and lanes of workers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from authoring.figures import sequence
from authoring.figures.sequence import Sequence
from courseware.loading.figures.comparing import RecordedRun
from courseware.loading.lesson_file import LessonSource
from labs.catalog.loading import LabSource

_HEAD = re.compile(r"\S+(?P<lanes>[^:]*)")


def redrawn(lesson: LessonSource, labs: Mapping[str, LabSource]) -> str:
    """The source of the lesson with figures that follow the recorded runs. What cannot be rewritten, such as
    a moment that the run does not have, stays as it is; the loader reports it.
    """
    lines = lesson.source.splitlines(keepends=True)
    for drawn in lesson.recorded:
        slug, _, name = drawn.trace.partition("/")
        recorded = labs[slug].recordings.get(name) if slug in labs else None
        if recorded:
            _redraw(drawn, RecordedRun.of(drawn.trace, recorded), lines)
    return "".join(lines)


def _redraw(drawn: Sequence, run: RecordedRun, lines: list[str]) -> None:
    """Rewrite the lines of one figure's events, and put them in the order of their new starts."""
    places = [event.line - 1 for event in drawn.events]
    new = [_line(event, run, lines[event.line - 1]) for event in drawn.events]
    new.sort(key=lambda line: float(re.split(r"\.\.| ", line.strip())[0]))
    for place, line in zip(places, new, strict=True):
        lines[place] = line
    _add_lanes(drawn, new, lines)


def _add_lanes(drawn: Sequence, new: list[str], lines: list[str]) -> None:
    """Name lanes that events have moved to, each beside the last lane of its kind."""
    lanes = list(drawn.lanes)
    for line in new:
        head = _HEAD.match(line)
        for lane in re.findall(r"[a-z][a-z0-9-]*", head["lanes"].replace("->", " ") if head else ""):
            if lane not in lanes:
                kin = [at for at, one in enumerate(lanes) if _kind(one) == _kind(lane)]
                lanes.insert(kin[-1] + 1 if kin else len(lanes), lane)
    for place in range(drawn.line, drawn.events[0].line - 1):
        if lines[place].startswith("lanes:") and lanes != drawn.lanes:
            lines[place] = f"lanes: {' '.join(lanes)}\n"


def _kind(lane: str) -> str:
    """`worker-` for `worker-2`."""
    return lane.rstrip("0123456789")


def _line(event: sequence.Event, run: RecordedRun, old: str) -> str:
    found = [run.place_of(moment) for moment in event.moments]
    places = [place for place in found if place is not None]
    if len(places) < len(event.moments):
        return old
    times = "..".join(f"{run.times[place]:.2f}" for place in places)
    head = _HEAD.match(old)
    assert head is not None  # the figure was read from this line
    lanes = head["lanes"]
    there = run.lanes_at(places[0])
    if there.isdisjoint({event.lane, event.to}):
        for lane in (event.lane, event.to):
            if _kind(lane) in {_kind(one) for one in there}:
                lanes = lanes.replace(lane, min(there))
    return f"{times}{lanes}{old[head.end() :]}"
