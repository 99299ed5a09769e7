"""The helpers that checks of several labs share."""

from __future__ import annotations

import pytest

from labs.checking import (
    Trace,
    counted,
    executions_by_task,
    executions_of,
    first_few,
    meddling,
    percentile,
    responses,
    seqs,
    stub_calls,
    teeth_of_responses,
)
from labs.tests.factories import Story
from sandbox.protocol import Kind


def trace_of(story: Story) -> Trace:
    return Trace(story.events, {})


def test_only_the_driver_says_what_its_clients_saw() -> None:
    story = Story()
    seen = story.add("driver", Kind.MARK, data={"text": "answer", "status": 202})
    story.add("web", Kind.MARK, data={"text": "answer", "status": 202})
    assert responses(trace_of(story)) == [seen]


def test_the_teeth_of_responses_say_how_many_requests_ended() -> None:
    story = Story()
    story.add("driver", Kind.MARK, data={"text": "answer", "status": 202})
    assert teeth_of_responses(trace_of(story), 2, "orders") == "1 of 2 orders had come to an end."
    assert teeth_of_responses(trace_of(story), 1, "orders") is None


def test_calls_to_stubs_are_found_by_path_and_lane_and_by_the_task_that_ran_meanwhile() -> None:
    story = Story()
    early = story.add("shop", Kind.STUB_CALLED, data={"path": "a"})
    story.started()
    during = story.add("shop", Kind.STUB_CALLED, data={"path": "a"})
    story.succeeded()
    other = story.add("mail", Kind.STUB_CALLED, data={"path": "a"})
    story.add("shop", Kind.STUB_CALLED, data={"path": "b"})
    trace = trace_of(story)
    assert stub_calls(trace, "a") == [early, during, other]
    assert stub_calls(trace, "a", lane="shop") == [early, during]
    assert stub_calls(trace, during=lambda execution: execution.task == "t1") == [during]
    assert stub_calls(trace, during=lambda execution: execution.task == "t2") == []


def test_a_call_whose_caller_died_before_the_response_is_no_effect() -> None:
    story = Story()
    story.add("shop", Kind.STUB_CALLED, data={"path": "a", "held": True, "caller_gone": True})
    assert stub_calls(trace_of(story), "a") == []


def test_a_signal_of_a_program_to_a_lane_that_matters_is_found() -> None:
    story = Story()
    story.add("broker", Kind.COMMAND, data={"action": "thaw", "target": "broker", "by": "program"})
    assert meddling(trace_of(story), "probe") is None
    assert "thaw on broker" in (meddling(trace_of(story), "probe", "broker") or "")


def test_executions_are_grouped_by_task_in_the_order_of_their_starts() -> None:
    story = Story()
    for task in ("t2", "t1", "t2"):
        story.started(task)
        story.succeeded(task)
    trace = trace_of(story)
    assert [(task, len(found)) for task, found in executions_by_task(trace).items()] == [("t2", 2), ("t1", 1)]
    assert [one.start_seq for one in executions_of(trace, "t2")] == [1, 5]
    assert executions_of(trace, "t3") == []


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.95, None), ([7], 0.95, 7), ([4, 1, 3, 2], 0.5, 2), (range(1, 21), 0.95, 19)],
)
def test_a_percentile_is_the_nearest_rank(values: list[float], share: float, expected: float | None) -> None:
    assert percentile(values, share) == expected


def test_a_long_list_of_words_is_cut_and_says_how_much_is_missing() -> None:
    letters = ["a", "b", "c", "d", "e"]
    assert [first_few(letters[:n]) for n in (0, 1, 3)] == ["", "a", "a, b, c"]
    assert first_few(letters) == "a, b, c and 2 more"


def test_numbers_come_with_a_noun_in_the_right_form() -> None:
    assert [counted(n, "start") for n in (0, 1, 2)] == ["0 starts", "1 start", "2 starts"]


def test_a_verdict_names_the_first_few_events() -> None:
    story = Story()
    for _ in range(4):
        story.started()
    assert seqs(story.events) == (1, 2, 3)
    assert seqs(story.events, most=1) == (1,)
