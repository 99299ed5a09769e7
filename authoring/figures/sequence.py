"""`::: sequence`: the grammar of a sequence of events, read with the line of every error."""

from __future__ import annotations

import re
from collections.abc import Sequence as Series
from dataclasses import dataclass, field

from authoring.figures.moments import Moment, read_moments
from authoring.problems import Problems, nearest

KEYS = ("title", "caption", "lanes", "trace")
REQUIRED = ("title", "caption", "lanes")
FEWEST_LANES, MOST_LANES = 2, 7
MOST_EVENTS = 60
LONGEST_LABEL = 90

_KEY = re.compile(r"([a-z]+):\s*(.*)\Z")
_LANE = re.compile(r"[a-z][a-z0-9-]{0,23}\Z")
_TRACE = re.compile(r"[a-z0-9-]+/(?:starter|solution)\Z")
_TIME = r"\d{1,5}(?:\.\d{1,3})?"
_EVENT = re.compile(
    rf"(?P<start>{_TIME})(?:\.\.(?P<end>{_TIME}))?\s+(?P<lane>[^\s:]+)(?:\s*->\s*(?P<to>[^\s:]+))?\s*:\s*(?P<text>.*)\Z"
)


@dataclass(frozen=True, slots=True)
class Event:
    """An arrow (`to` is a lane), a bar (`end` is a time) or a note (neither). Times are seconds as the author
    wrote them. `moments` are the places in a trace where it starts and, for a bar, ends.
    """

    start: str
    lane: str
    text: str
    end: str = ""
    to: str = ""
    line: int = 0
    moments: tuple[Moment, ...] = ()

    @property
    def at(self) -> float:
        """The start in seconds."""
        return float(self.start)

    @property
    def until(self) -> float:
        """The end in seconds; the start for what takes no time."""
        return float(self.end or self.start)


@dataclass(slots=True)
class Sequence:
    """What is drawn: lanes from left to right, events by start. `trace` names the recorded run that it shows,
    as `<lab>/starter`; "" for a figure of no run.
    """

    title: str = ""
    caption: str = ""
    trace: str = ""
    line: int = 0
    lanes: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def read(body: Series[tuple[int, str]], file: str, line: int, problems: Problems) -> Sequence:
    """Read the block's lines, given with their numbers; `line` is that of its opening."""
    drawn = Sequence(line=line)
    seen: set[str] = set()
    for number, raw in body:
        text = raw.strip()
        if not text:
            continue
        if (key := _KEY.match(text)) and not text[0].isdigit():
            _take_key(drawn, key[1], key[2].strip(), seen, file, number, problems)
        else:
            _take_event(drawn, text, file, number, problems)
    for name in REQUIRED:
        if name not in seen:
            problems.add(
                file, line, f'the sequence has no "{name}:"', f"add a line {name}: ... under ::: sequence"
            )
    if not drawn.events:
        problems.add(file, line, "the sequence has no events", "add lines like 1.25 broker -> worker-1: text")
    if len(drawn.events) > MOST_EVENTS:
        problems.add(
            file, line, f"the sequence has {len(drawn.events)} events", f"draw at most {MOST_EVENTS}"
        )
    return drawn


def _take_key(
    drawn: Sequence, name: str, value: str, seen: set[str], file: str, line: int, problems: Problems
) -> None:
    if name not in KEYS:
        problems.add(file, line, f'a sequence has no key "{name}"', nearest(name, KEYS))
        return
    if name in seen:
        problems.add(file, line, f'"{name}:" is set twice', "keep one of the two lines")
    if drawn.events:
        problems.add(
            file, line, f'"{name}:" comes after the first event', "put title, caption and lanes first"
        )
    seen.add(name)
    if not value:
        problems.add(file, line, f'"{name}:" is empty', "write it on the same line")
    elif name == "lanes":
        drawn.lanes = _lanes(value, file, line, problems)
    else:
        setattr(drawn, name, value)
    if name == "trace" and value and not _TRACE.match(value):
        fix = "write trace: <lab>/starter or trace: <lab>/solution"
        problems.add(file, line, f'"{value}" does not name a recorded run', fix)


def _lanes(value: str, file: str, line: int, problems: Problems) -> list[str]:
    lanes = value.split()
    if re.search("[,;]", value):  # read as they are meant, so that no event is blamed for it
        lanes = re.split(r"[\s,;]+", value.strip(" ,;"))
        fix = f"separate lanes by spaces: {' '.join(lanes)}"
        problems.add(file, line, "the lanes have signs between them", fix)
    for lane in lanes:
        if not _LANE.match(lane):
            problems.add(
                file, line, f'"{lane}" is not a lane\'s name', "use small letters, digits and hyphens"
            )
    if len(set(lanes)) < len(lanes):
        problems.add(file, line, "a lane is named twice", "name each lane once")
    if not FEWEST_LANES <= len(lanes) <= MOST_LANES:
        fix = f"draw {FEWEST_LANES} to {MOST_LANES} lanes"
        problems.add(file, line, f"the sequence has {len(lanes)} lane{'s' if len(lanes) != 1 else ''}", fix)
    return lanes


def _take_event(drawn: Sequence, text: str, file: str, line: int, problems: Problems) -> None:
    shown, _, named = text.partition(" @ ")
    match = _EVENT.match(shown)
    if match is None:
        fix = "write 1.25 a -> b: text, 1.25..9.82 a: text, or 4.2 a: text"
        problems.add(file, line, f"this isn't an event: {text[:60]}", fix)
        return
    readable = len(problems)
    event = Event(
        match["start"],
        match["lane"],
        match["text"].strip(),
        match["end"] or "",
        match["to"] or "",
        line,
        read_moments(named, file, line, problems),
    )
    if len(problems) == readable:
        _check_moments(event, drawn.trace, file, line, problems)
    for lane in filter(None, (event.lane, event.to)):
        if lane not in drawn.lanes:
            problems.add(file, line, f'the lane "{lane}" is not in "lanes:"', nearest(lane, drawn.lanes))
    _check_event(event, drawn, file, line, problems)
    drawn.events.append(event)


def _check_event(event: Event, drawn: Sequence, file: str, line: int, problems: Problems) -> None:
    """Whether the event has the parts of one sort, follows the others and has a text that fits."""
    if event.to and event.end:
        problems.add(
            file, line, "an arrow has no end time", "write its start alone, or draw a bar in one lane"
        )
    if event.to == event.lane:
        problems.add(file, line, "an arrow goes from a lane to itself", "write a note: 4.2 lane: text")
    if event.end and event.until <= event.at:
        problems.add(
            file,
            line,
            f"the bar ends at {event.end} and starts at {event.start}",
            "write start..end in order",
        )
    if drawn.events and event.at < drawn.events[-1].at:
        fix = "order events by their start"
        problems.add(file, line, f"{event.start} comes after {drawn.events[-1].start}", fix)
    if not 1 <= len(event.text) <= LONGEST_LABEL:
        problems.add(
            file,
            line,
            "an event needs a text that fits the drawing",
            f"write 1 to {LONGEST_LABEL} characters",
        )


def _check_moments(event: Event, trace: str, file: str, line: int, problems: Problems) -> None:
    """A bar of a recorded run has the moments of its start and its end, all else that of its start."""
    if not trace:
        if event.moments:
            fix = "add trace: <lab>/starter above the events, or remove what follows @"
            problems.add(file, line, "this event names a moment of no trace", fix)
    elif len(event.moments) != (2 if event.end else 1):
        fix = "end a bar with @ start .. end, and everything else with @ start"
        problems.add(file, line, "this event does not name its moments in the trace", fix)
