"""A sequence as an accessible SVG, and as a table that says the same.

Time runs down, each lane is a lifeline. Rows keep the order of time and leave room for every label; the
written times are exact, the distances are not. Nothing is styled here: classes are the site's.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape

from django.utils.translation import gettext as _

from authoring.figures.sequence import Event, Sequence

GUTTER = 66
"""Room for the times at the left, in units of the drawing; one unit is about a pixel."""
HEAD = 34
LEAD = 46
"""From the left edge of a lane's room to its lifeline."""
LETTER = 5.9
"""Mean width of a letter at the size of labels."""
LINE = 14
BAR = 10
DEPTH = 13
"""How far a bar is moved when it overlaps another one in its lane."""
SPACING = {2: 270, 3: 190, 4: 160, 5: 150, 6: 150, 7: 150}


@dataclass(frozen=True, slots=True)
class _Bar:
    event: Event
    depth: int


class _Layout:
    """Where times and lanes lie."""

    def __init__(self, drawn: Sequence) -> None:
        self.spacing = SPACING[max(2, min(len(drawn.lanes), 7))]
        self.x = {lane: GUTTER + LEAD + index * self.spacing for index, lane in enumerate(drawn.lanes)}
        self.width = GUTTER + len(drawn.lanes) * self.spacing
        self.bars = self._stack([event for event in drawn.events if event.end])
        self.labels = {id(event): self._wrap(event) for event in drawn.events}
        self.y: dict[float, float] = {}
        self.height = self._rows(drawn.events)

    def _stack(self, events: list[Event]) -> list[_Bar]:
        bars: list[_Bar] = []
        for event in events:
            taken = {bar.depth for bar in bars if bar.event.lane == event.lane and bar.event.until > event.at}
            bars.append(_Bar(event, next(depth for depth in range(len(events) + 1) if depth not in taken)))
        return bars

    def _wrap(self, event: Event) -> list[str]:
        room = self.spacing - 22 - (DEPTH if event.end else 0)
        if event.to:
            room = self.spacing - 26
        return textwrap.wrap(event.text, max(8, int(room / LETTER))) or [""]

    def _rows(self, events: list[Event]) -> float:
        """Give each time its height; what is written above a time pushes it down, what is below pushes the
        next.
        """
        times = sorted({event.at for event in events} | {event.until for event in events})
        y, below = float(HEAD), 12.0
        for time in times:
            here = [event for event in events if event.at == time]
            above = max((LINE * len(self.labels[id(event)]) for event in here if event.to), default=0)
            y += max(12.0, below + above)
            self.y[time] = round(y, 1)
            hanging = [len(self.labels[id(event)]) * LINE + 9 for event in here if not event.to]
            below = max(hanging, default=8.0)
        return round(y + max(below, 12.0) + 6, 1)

    def edge(self, lane: str, time: float) -> tuple[float, float]:
        """How far the lane's bars reach to the left and to the right of its lifeline at that time."""
        live = [
            bar for bar in self.bars if bar.event.lane == lane and bar.event.at <= time <= bar.event.until
        ]
        if not live:
            return 1.0, 1.0
        return BAR / 2 - DEPTH * min(bar.depth for bar in live), BAR / 2 + DEPTH * max(
            bar.depth for bar in live
        )


def _words(text_lines: list[str], x: float, y: float, attributes: str) -> str:
    return "".join(
        f'<text x="{x:g}" y="{y + LINE * index:g}"{attributes}>{escape(line)}</text>'
        for index, line in enumerate(text_lines)
    )


def _arrow(event: Event, layout: _Layout) -> str:
    y, forth = layout.y[event.at], layout.x[event.to] > layout.x[event.lane]
    sign = 1 if forth else -1
    start = layout.x[event.lane] + sign * (layout.edge(event.lane, event.at)[1 if forth else 0] + 1)
    end = layout.x[event.to] - sign * (layout.edge(event.to, event.at)[0 if forth else 1] + 1)
    label = layout.labels[id(event)]
    # In the first gap of a long arrow: its middle would be on the lifeline or the bar of a lane between.
    middle = layout.x[event.lane] + sign * layout.spacing / 2
    top = y - 6 - LINE * (len(label) - 1)
    return (
        f'<path class="ink" d="M{start:g} {y:g}H{end - sign * 5:g}"/>'
        f'<path class="dot" d="M{end:g} {y:g}l{-8 * sign} -4v8z"/>'
        + _words(label, middle, top, ' class="halo" text-anchor="middle"')
    )


def _bar(bar: _Bar, layout: _Layout) -> str:
    event = bar.event
    x = layout.x[event.lane] - BAR / 2 + DEPTH * bar.depth
    top, bottom = layout.y[event.at], layout.y[event.until]
    label = _words(layout.labels[id(event)], x + BAR + 6, top + LINE, ' class="halo"')
    return (
        f'<rect class="run" x="{x:g}" y="{top:g}" width="{BAR}" height="{bottom - top:g}" rx="1.5"/>{label}'
    )


def _note(event: Event, layout: _Layout) -> str:
    x, y = layout.x[event.lane], layout.y[event.at]
    right = layout.edge(event.lane, event.at)[1] + 9
    return f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="3.2"/>' + _words(
        layout.labels[id(event)], x + right, y + 4, ' class="halo"'
    )


def _svg(drawn: Sequence, ident: str) -> str:
    layout = _Layout(drawn)
    times = sorted({event.at: event.start for event in drawn.events}.items())
    lanes = "".join(
        f'<text class="strong" x="{x:g}" y="14" text-anchor="middle">{escape(lane)}</text>'
        f'<path class="ax" d="M{x:g} 22V{layout.height:g}"/>'
        for lane, x in layout.x.items()
    )
    clock = "".join(
        f'<text class="m soft" x="{GUTTER - 10}" y="{layout.y[at] + 4:g}" text-anchor="end">'
        f"{written} s</text>"
        for at, written in times
    )
    bars = "".join(_bar(bar, layout) for bar in layout.bars)
    arrows = "".join(_arrow(event, layout) for event in drawn.events if event.to)
    notes = "".join(_note(event, layout) for event in drawn.events if not event.to and not event.end)
    told = ". ".join(f"{when}, {where}: {what}" for when, where, what in _told(drawn))
    return (
        f'<svg class="plot sequence-plot" viewBox="0 0 {layout.width:g} {layout.height:g}" role="img" '
        f'aria-labelledby="{ident}-title" aria-describedby="{ident}-desc">'
        f'<title id="{ident}-title">{escape(drawn.title)}</title>'
        f'<desc id="{ident}-desc">{escape(told)}</desc>{lanes}{clock}{bars}{arrows}{notes}</svg>'
    )


def _told(drawn: Sequence) -> list[tuple[str, str, str]]:
    """The rows of the table: (when, where, what) for each event."""
    return [
        (
            _("%(start)s to %(end)s s") % {"start": event.start, "end": event.end}
            if event.end
            else f"{event.start} s",
            _("%(one)s to %(other)s") % {"one": event.lane, "other": event.to} if event.to else event.lane,
            event.text,
        )
        for event in drawn.events
    ]


def _table(drawn: Sequence) -> str:
    rows = "".join(
        f'<tr><td class="num">{escape(when)}</td><td>{escape(where)}</td><td>{escape(what)}</td></tr>'
        for when, where, what in _told(drawn)
    )
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in (_("Time"), _("Where"), _("What")))
    return (
        f'<details class="twin"><summary>{escape(_("The same as a table"))}</summary>'
        f'<table class="table table--tight"><caption class="vh">{escape(drawn.title)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></details>"
    )


def figure(drawn: Sequence, ident: str) -> str:
    """The whole figure: drawing, caption, table. `ident` makes its ids unique on the page."""
    wide = " sequence--wide" if len(drawn.lanes) > 4 else ""
    label = _("Drawing, scrollable: %(title)s") % {"title": drawn.title}
    return (
        f'<figure class="figure sequence{wide}">'
        f'<div class="scroll-x" tabindex="0" role="group" aria-label="{escape(label)}">'
        f"{_svg(drawn, ident)}</div>"
        f"<figcaption><b>{escape(drawn.title)}.</b> {escape(drawn.caption)}</figcaption>"
        f"{_table(drawn)}</figure>\n"
    )


def plain(drawn: Sequence) -> str:
    """The text of the figure, for search."""
    return " ".join([drawn.title, drawn.caption, *(event.text for event in drawn.events)])
