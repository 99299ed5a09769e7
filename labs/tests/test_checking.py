from __future__ import annotations

import math
import random

import pytest

from labs.judging.declarations import Verdict, check, declared, measure
from labs.judging.evaluation import Checks, judge
from labs.judging.executions import Execution
from labs.judging.trace import Trace
from labs.tests.factories import Story
from sandbox.protocol import Kind, Outcome


def runs(story: Story) -> list[Execution]:
    return Trace(story.events, {}).executions()


def test_a_run_lasts_from_its_start_to_the_event_that_ends_it() -> None:
    story = Story()
    start, end = story.started(), story.succeeded()
    (run,) = runs(story)
    assert (run.started, run.ended, run.start_seq, run.end_seq) == (start.t, end.t, start.seq, end.seq)
    assert run.outcome == "succeeded"


def test_a_run_without_an_end_is_open() -> None:
    story = Story()
    story.started()
    (run,) = runs(story)
    assert (run.outcome, run.ended, run.end_seq) == ("open", math.inf, 0)


def test_the_end_of_a_lane_kills_its_runs_and_no_others() -> None:
    story = Story()
    story.started("t1", "worker-1")
    story.started("t2", "worker-2")
    story.add("worker-1", Kind.LANE_DOWN, data={"exit": None, "signal": 9})
    assert [run.outcome for run in runs(story)] == ["killed", "open"]


def test_the_end_of_a_pool_child_kills_only_what_it_ran() -> None:
    story = Story()
    story.started("t1", process=7)
    story.started("t2", process=8)
    story.add("worker-1/2", Kind.LANE_DOWN, data={"pid": 8, "exit": None, "signal": 9})
    assert [run.outcome for run in runs(story)] == ["open", "killed"]


def test_two_runs_of_one_task_are_told_apart_by_their_number() -> None:
    story = Story()
    story.started(execution=1)
    story.started(execution=2)
    story.succeeded(execution=2)
    assert [run.outcome for run in runs(story)] == ["open", "succeeded"]


def test_without_numbers_the_first_that_started_in_the_lane_is_the_first_that_ended() -> None:
    story = Story()
    story.started(lane="worker-2")
    story.started()
    story.started()
    story.succeeded()
    assert [run.outcome for run in runs(story)] == ["open", "succeeded", "open"]


def test_an_end_of_a_killed_run_changes_nothing() -> None:
    story = Story()
    story.started()
    story.add("worker-1", Kind.LANE_DOWN, data={"exit": None, "signal": 9})
    story.add("worker-1", Kind.TASK_FAILED, task="t1", name="send")
    assert [run.outcome for run in runs(story)] == ["killed"]


@pytest.mark.parametrize("kind", ["failed", "retried", "rejected", "revoked"])
def test_every_ending_has_its_outcome(kind: str) -> None:
    story = Story()
    story.started()
    story.add("worker-1", Kind(f"task-{kind}"), task="t1")
    assert runs(story)[0].outcome == kind


def test_events_are_found_by_fields_and_by_data() -> None:
    story = Story()
    wanted = story.add("backoffice", Kind.STUB_CALLED, data={"path": "a/1", "status": 204})
    story.add("backoffice", Kind.STUB_CALLED, data={"path": "a/2", "status": 500})
    story.add("mail", Kind.STUB_CALLED, data={"path": "a/1", "status": 204})
    assert Trace(story.events, {}).of("stub-called", lane="backoffice", status=204) == [wanted]


@check("Good")
def good(trace: Trace) -> Verdict:
    return Verdict(True, "yes", "yes", (1, 0))


@check("Bad")
def bad(trace: Trace) -> Verdict:
    return Verdict(False, "yes", "no")


@check("Toothless", teeth=lambda trace: "Nothing was killed.")
def toothless(trace: Trace) -> Verdict:
    raise AssertionError("never asked")


@check("Broken")
def broken(trace: Trace) -> Verdict:
    raise KeyError("path")


@measure("Half", unit="s")
def half(trace: Trace) -> float:
    return 0.5


@measure("Nothing", unit="s")
def nothing(trace: Trace) -> float:
    return math.nan


def judged(*functions: object) -> tuple[Outcome, list[str]]:
    found = judge(Checks(*declared(functions)), Story().events, {})
    return found.outcome, [verdict["verdict"] for verdict in found.checks]


def test_a_run_passes_when_every_check_does() -> None:
    assert judged(good) == (Outcome.PASSED, ["passed"])


def test_one_failed_check_prevents_a_pass() -> None:
    assert judged(good, bad) == (Outcome.FAILED_CHECKS, ["passed", "failed"])


def test_a_check_whose_question_was_not_put_prevents_a_pass_and_says_what_was_missing() -> None:
    found = judge(Checks(*declared([good, toothless])), [], {})
    assert found.outcome == Outcome.FAILED_CHECKS
    assert found.checks[1]["observed"] == "Nothing was killed."


def test_a_check_that_raises_is_not_tested_and_says_so() -> None:
    found = judge(Checks(*declared([broken])), [], {})
    assert found.checks[0]["verdict"] == "not_tested"
    assert "could not be evaluated" in found.checks[0]["observed"]


def test_a_lab_without_checks_ran() -> None:
    assert judged(half) == (Outcome.RAN, [])


def test_a_measure_that_is_no_number_is_none() -> None:
    assert judge(Checks(*declared([half, nothing])), [], {}).measures == {"half": 0.5, "nothing": None}


def test_an_earlier_attempt_does_not_count() -> None:
    story = Story()
    story.started("t1")
    story.add("driver", Kind.RUN_REQUEUED, data={"claim": 2})
    story.started("t2")

    @measure("Starts", unit="starts")
    def starts(trace: Trace) -> int:
        return len(trace.executions())

    assert judge(Checks(*declared([starts])), story.events, {}).measures == {"starts": 1}


def test_teeth_that_cannot_be_called_are_refused_at_once() -> None:
    with pytest.raises(TypeError, match="teeth"):
        check("Any", teeth="no")  # type: ignore[arg-type]


def test_a_stubs_call_counts_only_from_a_lane_that_is_a_stub() -> None:
    story = Story()
    for lane, system in (("mail", "stub"), ("worker-1", "celery")):
        story.add(lane, Kind.LANE_UP, data={"pid": 1, "system": system})
    honest = story.add("mail", Kind.STUB_CALLED, data={"path": "welcomes/1"})
    story.add("worker-1", Kind.STUB_CALLED, data={"path": "welcomes/2"})
    story.add("worker-1", Kind.PROBE, data={"count": 20, "p99": 0.001})
    trace = Trace(story.events, {})
    assert trace.of("stub-called") == [honest]
    assert trace.of("probe") == []


def test_the_inputs_of_a_run_are_drawn_again_from_the_runners_seed() -> None:
    story = Story()
    story.add("driver", Kind.RUN_STARTED, data={"seed": 4711, "knobs": {}})
    story.add("driver", Kind.RUN_STARTED, data={"seed": 1, "knobs": {}})
    trace = Trace(story.events, {})
    assert trace.random().random() == trace.random().random() == random.Random(4711).random()


def test_a_call_lies_under_the_runs_that_had_begun_and_not_ended() -> None:
    story = Story()
    early = story.add("mail", Kind.STUB_CALLED)
    story.started("t1")
    story.started("t2", lane="worker-2")
    both = story.add("mail", Kind.STUB_CALLED)
    story.succeeded("t1")
    one = story.add("mail", Kind.STUB_CALLED)
    trace = Trace(story.events, {})
    assert [[run.task for run in trace.under_way(call)] for call in (early, both, one)] == [
        [],
        ["t1", "t2"],
        ["t2"],
    ]


def test_what_was_observed_is_bounded_and_a_measure_that_is_no_number_is_none() -> None:
    @check("Talks")
    def talks(trace: Trace) -> Verdict:
        return Verdict(False, "one word", "x" * 100_000, tuple(range(1, 5000)))

    @measure("Text", unit="s")
    def text(trace: Trace) -> float | None:
        return "<b>"  # type: ignore[return-value]

    judgement = judge(Checks(*declared([talks, text])), Story().events, {})
    assert (len(judgement.checks[0]["observed"]), len(judgement.checks[0]["events"])) == (600, 50)
    assert judgement.measures == {"text": None}
