"""The timeline in a browser, with a trace that the test makes up: what is drawn, and what is said of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Tab
from tests.journeys.lab_page import BENCH, Bench

pytestmark = pytest.mark.browser

LATE = [(1.6, 0.31), (2.6, 0.12), (3.6, 0.01), (7.2, 0.84)]
BUSY = {"worst": 0.84, "total": 2.3, "pressure": 0.61}


def show(page: Page, events: list[dict[str, Any]]) -> Bench:
    """The bench with a trace of these events, as one that was replayed to its end."""
    page.goto(BENCH)
    bench = Bench(page).ready()
    for seq, event in enumerate(events, 1):
        event["seq"] = seq
    page.evaluate("events => bench.view.load(events)", events)
    return bench


def event(t: float, kind: str, lane: str = "driver", **data: Any) -> dict[str, Any]:
    return {"t": t, "lane": lane, "kind": kind, "data": data}


def busy_run() -> list[dict[str, Any]]:
    return [
        event(0.0, "run-started"),
        *(event(t, "lateness", worst=worst) for t, worst in LATE),
        event(9.0, "run-ended", outcome="ran", lateness=BUSY),
    ]


def at(page: Page, t: float) -> None:
    page.evaluate("t => bench.view.player.seek(t)", t)


def test_the_strip_says_when_the_machine_was_late_as_far_as_the_moment_shown(tab: Tab) -> None:
    page = tab.page
    bench = show(page, busy_run())
    strip = page.locator("#timeline .late")
    expect(strip).to_have_role("img")
    expect(strip).to_have_accessible_name(
        "The machine was late 2 times between 0.6 and 7.2 s, by up to 0.84 s."
    )
    bars = strip.locator(".late-bar")
    heights = [float(bar.get_attribute("height") or 0) for bar in bars.all()]
    assert len(heights) == 3
    assert sorted(heights, reverse=True) == [heights[2], heights[0], heights[1]]
    top, driver = bars.last.bounding_box(), page.locator("#timeline .name", has_text="driver").bounding_box()
    assert top is not None
    assert driver is not None
    assert top["y"] + top["height"] < driver["y"]
    expect(page.locator("#lateness")).to_have_text(
        "The machine was busy: a timer fired up to 0.84 s late, 2.3 s in all. "
        "Something waited for a core 61% of the time."
    )
    at(page, 3.0)
    expect(strip).to_have_accessible_name("The machine was late, by up to 0.31 s, from 0.6 to 2.6 s.")
    expect(bench.log.filter(has_text="machine was late")).to_have_count(2)
    at(page, 4.0)
    expect(bench.log.last).to_contain_text("machine is on time again")
    expect(page.get_by_role("group", name="States")).to_contain_text("machine late")


def test_the_table_has_a_line_for_each_stretch_in_which_the_machine_was_late(tab: Tab) -> None:
    page = tab.page
    show(page, busy_run())
    page.get_by_role("button", name="Table", exact=True).click()
    lines = page.locator("#late-rows tr")
    assert [re.sub(r"\s+", " ", line) for line in lines.all_inner_texts()] == [
        "machine 0.60 2.60 up to 0.31 s late",
        "machine 6.20 7.20 up to 0.84 s late",
    ]
    at(page, 3.0)
    expect(lines).to_have_count(1)


def test_a_run_on_a_machine_that_was_on_time_has_no_strip(tab: Tab) -> None:
    page = tab.page
    quiet = {"worst": 0.012, "total": 0.1, "pressure": 0.0}
    show(page, [event(0.0, "run-started"), event(3.0, "run-ended", outcome="ran", lateness=quiet)])
    expect(page.locator("#timeline .name", has_text="driver")).to_be_visible()
    expect(page.locator("#timeline .late")).to_have_count(0)
    expect(page.locator("#lateness")).to_be_hidden()


def test_events_that_are_pointed_at_are_scrolled_into_sight(tab: Tab) -> None:
    page = tab.page
    lanes = [f"worker-{number}" for number in range(40)]
    events = [event(0.0, "run-started"), *(event(1.0, "lane-up", lane) for lane in lanes)]
    bench = show(page, [*events, event(2.0, "mark", lanes[-1], text="far below"), event(3.0, "run-ended")])
    pin = page.locator("#timeline .pin")
    bench.page.evaluate("seqs => bench.view.light(seqs)", [len(lanes) + 2])
    expect(pin).to_be_in_viewport()
    bench.page.evaluate("seqs => bench.view.light(seqs)", [2])
    expect(pin).to_be_in_viewport()
