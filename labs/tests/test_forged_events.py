"""What the supervisor marked as forged is shown, and counts for nothing."""

from __future__ import annotations

import json
import uuid

from django.template.loader import render_to_string

from labs.bench import no_script
from labs.judging.declarations import Verdict, check
from labs.judging.evaluation import Checks, judge
from labs.judging.trace import Trace
from labs.tests.factories import Story
from sandbox.protocol import Event, Kind, Outcome

FORGED = {"forged": "sent before the lane was up"}


def forged(story: Story, kind: Kind, task: str = "t1", lane: str = "worker-1") -> Event:
    return story.add(lane, kind, task=task, name="charge", data=dict(FORGED))


def test_a_forged_event_is_no_event_of_its_kind() -> None:
    story = Story()
    forged(story, Kind.TASK_SUCCEEDED)
    honest = story.started()
    trace = Trace(story.events, {})
    assert trace.of(Kind.TASK_SUCCEEDED) == []
    assert trace.of(Kind.TASK_STARTED) == [honest]


def test_a_forged_start_or_end_makes_and_ends_no_run() -> None:
    story = Story()
    story.started()
    forged(story, Kind.TASK_SUCCEEDED)
    forged(story, Kind.TASK_STARTED, task="t2")
    assert [(run.task, run.outcome) for run in Trace(story.events, {}).executions()] == [("t1", "open")]


def test_numbers_of_honest_events_stay_what_viewers_see() -> None:
    story = Story()
    forged(story, Kind.TASK_STARTED)
    start = story.started()
    assert Trace(story.events, {}).executions()[0].start_seq == start.seq == story.events[1].seq


def test_a_check_is_not_passed_by_forged_events() -> None:
    @check("The task succeeds")
    def succeeds(trace: Trace) -> Verdict:
        ended = trace.of(Kind.TASK_SUCCEEDED)
        return Verdict(bool(ended), "one success", f"{len(ended)}", tuple(event.seq for event in ended))

    story = Story()
    forged(story, Kind.TASK_SUCCEEDED)
    checks = Checks([succeeds._labs_checking], [])
    judgement = judge(checks, story.events, {})
    assert judgement.outcome is Outcome.FAILED_CHECKS
    assert judgement.checks[0]["observed"] == "0"


def test_the_table_without_scripts_says_what_is_not_counted_and_why() -> None:
    story = Story()
    forged(story, Kind.TASK_SUCCEEDED)
    story.started()
    rows = no_script.rows([json.dumps(event.to_json()) for event in story.events])
    assert [row["forged"] for row in rows] == ["sent before the lane was up", None]
    assert rows[0]["rest"] == ""
    page = render_to_string(
        "labs/run_plain.html",
        {"rows": rows, "run": {"has_ended": True, "pk": uuid.UUID(int=1), "lab": {"slug": "x"}}},
    )
    assert page.count("not counted") == 1
    assert "sent before the lane was up" in page
