"""The bench's scripts in real Chromium: the folding of events, the drawing, the files to download."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from labs.tests.stage import big_trace, serve

pytestmark = pytest.mark.browser
MODEL = "const { TraceModel, Timescale, idle } = await import('/static/labs/trace-model.js');"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    opened, wrong = chromium.new_page(viewport={"width": 1200, "height": 800}), []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    serve(opened)
    yield opened
    opened.close()
    assert wrong == []


def recorded(name: str = "starter") -> list[dict[str, Any]]:
    """A run kept for these tests: numbers are asserted, which a new recording of the lab would change."""
    path = Path(__file__).parent / "traces" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def task(seq: int, t: float, lane: str, kind: str, **more: Any) -> dict[str, Any]:
    data = more.pop("data", {})
    return {
        "seq": seq,
        "t": t,
        "lane": lane,
        "kind": kind,
        "task": "a-1",
        "name": "charge",
        "attempt": 1,
        "data": data,
        **more,
    }


def event(seq: int, t: float, lane: str, kind: str, **data: Any) -> dict[str, Any]:
    return {"seq": seq, "t": t, "lane": lane, "kind": kind, "data": data}


def folded(page: Page, events: list[dict[str, Any]], returns: str) -> Any:
    return page.evaluate(
        f"async (events) => {{ {MODEL} const m = new TraceModel(['driver', 'broker']).pushAll(events); return {returns}; }}",
        events,
    )


def test_a_killed_run_ends_lost_and_its_message_comes_back_as_another_start(page: Page) -> None:
    runs = folded(
        page,
        recorded(),
        "m.runs.filter(r => r.name === 'reserve_stock').map(r => [r.state, r.start, r.end, r.lane, Boolean(r.redelivery)])",
    )
    assert runs == [["lost", 0.536, 0.94, "worker-1", False], ["succeeded", 4.245, 5.248, "worker-2", True]]
    holds = folded(page, recorded(), "m.holds.map(h => [h.task.name, h.start, h.end])")
    assert holds[0] == ["reserve_stock", 0.535, 4.244]
    assert len(holds) == 6


def test_runs_that_overlap_in_a_lane_get_rows_of_their_own(page: Page) -> None:
    rows = folded(page, recorded(), "m.runs.filter(r => r.name === 'export_ledger').map(r => [r.lane, r.row])")
    assert rows == [["worker-2", 0], ["worker-2", 2], ["worker-1", 0]]


def test_an_event_seen_twice_changes_nothing(page: Page) -> None:
    events = recorded()
    assert folded(page, [*events, *events], "m.events.length") == len(events)


def test_an_early_and_a_late_acknowledgement_mark_their_own_run(page: Page) -> None:
    early = [
        task(1, 1, "w", "task-received"),
        task(2, 1.1, "w", "task-acked"),
        task(3, 1.1, "w", "task-started", data={"run": 1}),
    ]
    late = [
        task(1, 1, "w", "task-started", data={"run": 1}),
        task(2, 2, "w", "task-acked"),
        task(3, 2.01, "w", "task-succeeded"),
    ]
    assert folded(page, early, "m.runs[0].ack") == 1.1
    assert folded(page, late, "[m.runs[0].ack, m.runs[0].end]") == [2, 2.01]


def test_a_retry_is_linked_to_its_next_attempt(page: Page) -> None:
    events = [
        task(1, 1, "w", "task-started", data={"run": 1}),
        task(2, 2, "w", "task-retried", data={"run": 1, "exception": "503"}),
        task(3, 4, "w", "task-started", attempt=2, data={"run": 2}),
    ]
    assert folded(page, events, "m.links.map(l => [l.kind, l.from.number, l.to.number])") == [["retrying", 1, 2]]


def test_the_word_of_a_pools_parent_belongs_to_the_run_whose_child_died(page: Page) -> None:
    events = [
        event(1, 0.5, "w", "lane-up", pid=1),
        task(2, 1, "w", "task-started", data={"run": 1, "process": 7}),
        event(3, 2, "w/child", "lane-down", pid=7, exit=None, signal=9),
        task(4, 2.5, "w", "task-failed", data={"run": 1, "exception": "WorkerLostError"}),
    ]
    assert folded(page, events, "m.runs.map(r => [r.state, r.end, r.after.state, r.after.t, r.note])") == [
        ["lost", 2, "failed", 2.5, "WorkerLostError"]
    ]
    assert folded(page, events, "m.downs.length") == 0


def test_a_requeued_run_loses_what_was_open_and_goes_on_counting(page: Page) -> None:
    events = [
        task(1, 5, "w", "task-started", data={"run": 1}),
        event(2, 0, "driver", "run-requeued"),
        task(3, 0.4, "w", "task-started", data={"run": 1}),
    ]
    assert folded(page, events, "m.runs.map(r => [r.state, r.start])") == [["lost", 5], ["running", 5.4]]


def test_what_has_not_ended_reaches_the_end_and_says_so(page: Page) -> None:
    events = [task(1, 1, "w", "task-started", data={"run": 1}), event(2, 3, "driver", "run-ended", outcome="timed_out")]
    assert folded(page, events, "m.runs.map(r => [r.state, r.end])") == [["unfinished", 3]]


def test_a_revoked_task_that_never_ran_is_a_bar_without_length(page: Page) -> None:
    events = [task(1, 1, "w", "task-received"), task(2, 1.2, "w", "task-revoked", data={"expired": True})]
    assert folded(page, events, "m.runs.map(r => [r.state, r.start, r.end, r.ran])") == [["revoked", 1.2, 1.2, False]]


def test_a_request_a_background_function_and_a_call_of_a_stub_are_executions(page: Page) -> None:
    events = [
        event(1, 1, "web", "request-started", request=1, method="GET", path="/"),
        {**event(2, 1.1, "web", "background-started", on="thread"), "task": "b", "name": "mail"},
        event(3, 1.2, "web", "response-sent", request=1, path="/", status=200, seconds=0.2),
        {**event(4, 1.6, "web", "background-failed", error="no"), "task": "b", "name": "mail"},
        event(5, 2, "mail", "stub-called", path="x", status=503, seconds=0.5),
    ]
    found = folded(page, events, "m.runs.map(r => [r.kind, r.state, r.start, r.end])")
    assert found == [["request", "succeeded", 1, 1.2], ["background", "failed", 1.1, 1.6], ["call", "failed", 1.5, 2]]


def test_queues_are_added_up_and_a_plain_number_is_one_depth(page: Page) -> None:
    events = [
        event(1, 1, "broker", "broker-sample", depth={"a": 2, "b": 3}, unacked=1, oldest=0),
        event(2, 2, "broker", "broker-sample", depth=4),
    ]
    assert folded(page, events, "m.depth.map(d => d.n)") == [0, 5, 4]


def test_collapsed_idle_time_is_a_scale_with_an_inverse(page: Page) -> None:
    script = f"""async (events) => {{
      {MODEL}
      const s = new Timescale(idle(events));
      return [s.gaps.length, s.length(16), ...[0, 3, 9.9, 11, 13.1, 15].map((t) => s.time(s.length(t)) - t)];
    }}"""
    gaps, length, *errors = page.evaluate(script, recorded("solution"))
    assert gaps == 1
    assert length < 14
    assert all(abs(error) < 1e-6 for error in errors)


def test_the_download_for_perfetto_has_a_slice_for_each_execution(page: Page) -> None:
    script = f"""async (events) => {{
      {MODEL}
      const {{ chromeTrace }} = await import('/static/labs/downloads.js');
      const m = new TraceModel().pushAll(events);
      return [chromeTrace(m, 'x'), m.runs.length];
    }}"""
    trace, runs = page.evaluate(script, recorded())
    slices = [entry for entry in trace["traceEvents"] if entry["ph"] == "X"]
    assert len(slices) == runs
    assert all(entry["dur"] >= 1 and entry["pid"] and entry["tid"] and entry["ts"] >= 0 for entry in slices)
    assert {entry["ph"] for entry in trace["traceEvents"]} <= {"X", "M", "C", "i", "s", "f"}


DRAW = """async ([events, t]) => {
  const { TraceModel } = await import('/static/labs/trace-model.js');
  const { Timeline } = await import('/static/labs/timeline.js');
  window.model = new TraceModel(['driver', 'broker']).pushAll(events);
  window.picked = null;
  window.timeline = new Timeline(document.getElementById('timeline'), model, { onSelect: (run) => { picked = run; } });
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
    assert page.evaluate("timeline.bars.every(b => b.run.lane === 'worker-1')")
    page.evaluate("timeline.setFilter({ lanes: null, kinds: null, text: 'export' })")
    assert page.evaluate("timeline.bars.map(b => b.run.name)") == ["export_ledger"] * 3


def test_deciding_events_are_pinned_in_order(page: Page) -> None:
    page.evaluate(DRAW, [recorded(), None])
    page.evaluate("timeline.light([10, 31])")
    assert page.locator(".pin-t").all_text_contents() == ["1", "2"]
    assert page.locator(".exec.lit").count() == 2


def test_markup_in_names_and_texts_stays_text(page: Page) -> None:
    nasty = '<img src=x onerror="window.pwned=1">'
    events = [
        {**task(1, 1, "w", "task-started", data={"run": 1}), "name": nasty},
        event(2, 2, "w", "mark", text=nasty),
        event(3, 3, "w", "log", text=nasty),
    ]
    page.evaluate(DRAW, [events, 3])
    assert page.evaluate("document.querySelectorAll('#timeline img').length") == 0
    assert page.evaluate("window.pwned") is None
    assert nasty in page.locator(".exec").get_attribute("aria-label")


def test_what_was_forged_is_no_execution_and_is_marked_in_words(page: Page) -> None:
    forged = task(1, 1, "worker-1", "task-succeeded", data={"forged": "said before the lane was <b>up</b>"})
    page.evaluate(DRAW, [[forged], 2])
    assert page.evaluate("[model.runs.length, model.tasks.size, model.forged]") == [0, 0, 1]
    assert page.locator("path.forged").count() == 1
    assert page.locator(".forged-t").text_content() == "not counted: succeeded"
    said = page.evaluate("import('/static/labs/words.js').then((w) => w.sentence(model.events[0], model))")
    assert said == ["failed", "not counted", "succeeded charge: said before the lane was <b>up</b>"]


def test_two_thousand_events_are_drawn_and_a_frame_touches_few_of_them(page: Page) -> None:
    page.evaluate(DRAW, [big_trace(2000), 10])
    touched = page.evaluate("""async () => {
      let n = 0;
      const watch = new MutationObserver((list) => { n += list.length; });
      watch.observe(document.getElementById('timeline'), { subtree: true, attributes: true, childList: true });
      timeline.render(10.016);
      await new Promise((done) => setTimeout(done));
      watch.disconnect();
      return n;
    }""")
    assert page.evaluate("timeline.bars.length") > 300
    assert touched < 250
