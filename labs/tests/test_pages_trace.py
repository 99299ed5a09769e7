"""The drawing of a trace in real Chromium. What is pure of it, `tests/js/` tests without a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from labs.tests.pages_in_chromium import big_trace, event, recorded, serve, task

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    opened, wrong = chromium.new_page(viewport={"width": 1200, "height": 800}), []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    serve(opened)
    yield opened
    opened.close()
    assert wrong == []


DRAW = """async ([events, t]) => {
  const { TraceModel } = await import('/static/labs/trace/model.js');
  const { Timeline } = await import('/static/labs/timeline/timeline.js');
  window.model = new TraceModel(['driver', 'broker']).pushAll(events);
  window.picked = null;
  const onSelect = (execution) => { picked = execution; };
  window.timeline = new Timeline(document.getElementById('timeline'), model, { onSelect });
  timeline.render(t ?? model.t);
}"""
SHOWN = "timeline.bars.filter(b => b.g.style.display !== 'none').length"


def test_rendering_is_the_same_from_before_and_from_after(page: Page) -> None:
    page.evaluate(DRAW, [recorded(), 6])
    once = page.evaluate("document.getElementById('timeline').outerHTML.replace(/tabindex=\"[^\"]*\"/g, '')")
    page.evaluate("timeline.render(16); timeline.render(0); timeline.render(6)")
    shown = page.evaluate(SHOWN)
    page.evaluate(DRAW, [recorded(), 6])
    assert page.evaluate(SHOWN) == shown
    assert len(once) > 1000


def test_a_trace_drawn_event_by_event_is_the_trace_drawn_at_once(page: Page) -> None:
    labels = "timeline.bars.map(b => b.g.getAttribute('aria-label')).sort()"
    page.evaluate(DRAW, [recorded(), None])
    at_once = page.evaluate(labels)
    page.evaluate(DRAW, [[], None])
    page.evaluate(
        """(events) => {
          for (const e of events) { model.push(e); timeline.sync(); timeline.render(e.t); }
          model.ended = true;
          timeline.layout();
        }""",
        recorded(),
    )
    assert page.evaluate(labels) == at_once


def test_bars_are_one_tab_stop_and_arrows_and_enter_work(page: Page) -> None:
    page.evaluate(DRAW, [recorded(), None])
    stops = page.locator('.exec[tabindex="0"]')
    assert stops.count() == 1
    stops.focus()
    first = page.evaluate("document.activeElement.dataset.key")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.evaluate("picked.key") != first
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    assert page.locator('.exec[tabindex="0"]').count() == 1
    page.keyboard.press("Escape")
    assert page.evaluate("picked") is None


def test_zooming_keeps_the_place_and_panning_stops_at_the_ends(page: Page) -> None:
    page.evaluate(DRAW, [recorded(), 8])
    under = page.evaluate("(timeline.zoomBy(4, 600), timeline.timeAt(600))")
    assert page.evaluate("(timeline.zoomBy(2, 600), timeline.timeAt(600))") == pytest.approx(under, abs=0.01)
    page.evaluate("timeline.pan(100)")
    assert page.evaluate("timeline.offset + timeline.shown") == pytest.approx(page.evaluate("timeline.full"))
    page.evaluate("timeline.fit()")
    assert page.evaluate("timeline.offset") == 0


def test_a_filter_by_lane_kind_and_task_leaves_the_rest_out(page: Page) -> None:
    page.evaluate(DRAW, [recorded(), None])
    page.evaluate("timeline.setFilter({ lanes: new Set(['worker-1']), kinds: new Set(['task']) })")
    assert page.evaluate("timeline.bars.every(b => b.execution.lane === 'worker-1')")
    page.evaluate("timeline.setFilter({ lanes: null, kinds: null, text: 'export' })")
    assert page.evaluate("timeline.bars.map(b => b.execution.name)") == ["export_ledger"] * 3


def test_deciding_events_are_pinned_in_order(page: Page) -> None:
    page.evaluate(DRAW, [recorded(), None])
    page.evaluate("timeline.light([10, 31])")
    assert page.locator(".pin-t").all_text_contents() == ["1", "2"]
    assert page.locator(".exec.lit").count() == 2


def test_markup_in_names_and_texts_stays_text(page: Page) -> None:
    nasty = '<img src=x onerror="window.pwned=1">'
    events = [
        {**task(1, 1, "w", "task-started", data={"execution": 1}), "name": nasty},
        event(2, 2, "w", "mark", text=nasty),
        event(3, 3, "w", "log", text=nasty),
    ]
    page.evaluate(DRAW, [events, 3])
    assert page.evaluate("document.querySelectorAll('#timeline img').length") == 0
    assert page.evaluate("window.pwned") is None
    assert nasty in page.locator(".exec").get_attribute("aria-label")


def test_what_was_forged_is_no_execution_and_is_marked_in_words(page: Page) -> None:
    forged = task(1, 1, "worker-1", "task-succeeded", data={"forged": "sent before the lane was <b>up</b>"})
    page.evaluate(DRAW, [[forged], 2])
    assert page.evaluate("[model.executions.length, model.tasks.size, model.forged]") == [0, 0, 1]
    assert page.locator("path.forged").count() == 1
    assert page.locator(".forged-t").text_content() == "not counted: succeeded"
    said = page.evaluate(
        "import('/static/labs/sentences.js').then((w) => w.sentence(model.events[0], model))"
    )
    assert said == ["failed", "not counted", "succeeded charge: sent before the lane was <b>up</b>"]


def test_two_thousand_events_are_drawn_and_a_frame_touches_few_of_them(page: Page) -> None:
    page.evaluate(DRAW, [big_trace(2000), 10])
    touched = page.evaluate("""async () => {
      let n = 0;
      const watch = new MutationObserver((list) => { n += list.length; });
      const all = { subtree: true, attributes: true, childList: true };
      watch.observe(document.getElementById('timeline'), all);
      timeline.render(10.016);
      await new Promise((done) => setTimeout(done));
      watch.disconnect();
      return n;
    }""")
    assert page.evaluate("timeline.bars.length") > 300
    assert touched < 250
