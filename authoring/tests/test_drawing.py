from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from authoring.figures import drawing
from authoring.figures.drawing import _Layout as Layout
from authoring.figures.sequence import Event, Sequence

LANES = ["driver", "broker", "worker-1", "worker-2", "mail"]


@st.composite
def sequences(draw: st.DrawFn) -> Sequence:
    lanes = LANES[: draw(st.integers(2, 5))]
    events, at = [], 0.0
    for _ in range(draw(st.integers(1, 12))):
        at = round(at + draw(st.floats(0, 5)), 2)
        lane, other = draw(st.permutations(lanes))[:2]
        text = draw(st.text("abc <&\"'", min_size=1, max_size=90))
        kind = draw(st.sampled_from(["arrow", "bar", "note"]))
        end = f"{at + draw(st.floats(0.1, 9)):.2f}" if kind == "bar" else ""
        events.append(Event(f"{at:.2f}", lane, text, end, other if kind == "arrow" else ""))
    return Sequence("A title", "A caption", lanes, events)


@given(sequences())
def test_time_runs_down_and_nothing_leaves_the_drawing(drawn: Sequence) -> None:
    layout = Layout(drawn)
    heights = [layout.y[time] for time in sorted(layout.y)]
    assert heights == sorted(set(heights))
    assert all(drawing.HEAD <= y < layout.height for y in heights)
    assert all(drawing.GUTTER < x < layout.width for x in layout.x.values())


@given(sequences())
def test_bars_of_one_lane_that_overlap_stand_beside_each_other(drawn: Sequence) -> None:
    bars = Layout(drawn).bars
    for one in bars:
        for other in bars:
            overlap = (
                one.event.lane == other.event.lane
                and one.event.at < other.event.until
                and other.event.at < one.event.until
            )
            assert one is other or not overlap or one.depth != other.depth


@given(sequences())
def test_the_figure_has_a_name_a_description_and_a_table_of_every_event(drawn: Sequence) -> None:
    html = drawing.figure(drawn, "sequence-1")
    assert 'role="img" aria-labelledby="sequence-1-title" aria-describedby="sequence-1-desc"' in html
    assert '<div class="scroll-x" tabindex="0" role="group" aria-label=' in html
    assert len(re.findall("<tr><td", html)) == len(drawn.events)
    assert "style=" not in re.sub(r">[^<]*<", "><", html)
