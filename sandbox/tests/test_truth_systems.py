"""Canvases, names, eager calls, embedded beat, schedulers and web processes: drawn as they were."""

from __future__ import annotations

import pytest

from sandbox.tests.client import process
from sandbox.tests.truth import ends_by_name, moments, run_program, whole_name

pytestmark = pytest.mark.jail
THREADS = process("worker-1", "celery-worker", pool="threads", concurrency=2)


@pytest.fixture(scope="module")
def canvas(warden):
    return run_program(warden, "canvas", THREADS)


def test_the_parts_of_a_chord_name_their_group_and_its_body(canvas) -> None:
    body = canvas.of("mark", text="body")[0]["data"]["task"]
    parts = [event for event in canvas.of("task-started") if event["data"].get("chord") == body]
    assert len(parts) == 2
    assert len({event["data"]["group"] for event in parts}) == 1


def test_the_body_of_a_chord_fails_without_a_start(canvas) -> None:
    body = canvas.of("mark", text="body")[0]["data"]["task"]
    (failed,) = canvas.of("task-failed", task=body)
    assert "nobody opened" in failed["data"]["exception"]
    assert not canvas.of("task-started", task=body)


def test_callbacks_of_failures_and_of_successes_are_executions(canvas) -> None:
    found = ends_by_name(canvas)
    assert found["tasks.complain"] == ["succeeded"] * 2
    assert all(event["data"]["parent"] for event in canvas.of("task-started", name="complain"))
    (link,) = canvas.of("task-started", name="notes")
    assert canvas.of("task-started", task=link["data"]["parent"])


def test_an_eager_task_is_executed_in_its_callers_lane(canvas) -> None:
    starts = canvas.of("task-started", name="brews")
    assert [(event["lane"], event["attempt"], event["data"]["eager"]) for event in starts] == [
        ("driver", 1, True),
        ("driver", 2, True),
    ]
    assert ends_by_name(canvas)["tasks.brews"] == ["retried", "succeeded"]


def test_ids_and_names_never_merge(warden) -> None:
    ran = run_program(warden, "names", THREADS)
    assert not ran.of("mark", text="quiet")[0]["data"]["answer"] is not True
    tasks = {(event["task"], whole_name(event)) for event in ran.of("task-sent")}
    assert len(tasks) == 9
    ids = {task for task, _ in tasks}
    assert {"счёт", "чек!", "a b", "й" * 128} <= ids
    assert len({task for task in ids if task.startswith("xxx")}) == 2
    shown = {event["data"]["task_name"]: event["name"] for event in ran.of("task-started")}
    assert shown == {
        "orders.process": "process",
        "invoices.process": "process",
        "v1.0": "v1.0",
        "задачи.отчёт": "отчёт",
    }
    assert {event["data"]["execution"] for event in ran.of("task-started")} == {1}


def test_the_beat_in_a_worker_says_what_is_due_and_what_it_sends(warden) -> None:
    lane = process("worker-1", "celery-worker", pool="prefork", extra=["-B", "-s", "/tmp/beat"])
    ran = run_program(warden, "beat", lane)
    assert ran.of("schedule-fired", lane="worker-1", name="each")
    sent = {event["task"] for event in ran.of("task-sent", lane="worker-1", name="tick")}
    assert {event["task"] for event in ran.of("task-started", name="tick")} <= sent


def test_a_scheduled_function_starts_when_it_is_called_and_a_missed_firing_does_not(warden) -> None:
    ran = run_program(warden, "clock", process("clock", "scheduler"))
    missed = ran.of("schedule-missed")
    assert {"too many at once"} <= {event["data"]["why"] for event in missed}
    slots = {(event["name"], event["data"]["slot"]) for event in missed}
    assert not slots & {(event["name"], event["data"]["slot"]) for event in ran.of("task-started")}
    starts = moments(ran, "task-started")
    ended = moments(ran, "task-succeeded")
    # One thread: each call begins after the call before has ended.
    assert all(end <= start for end, start in zip(ended, starts[1:], strict=False))


def test_a_request_is_known_by_its_process_and_number(warden) -> None:
    ran = run_program(warden, "web", process("web", "uvicorn", workers=2))
    up = {
        event["lane"]: event["data"]["pid"] for event in ran.of("lane-up") if event["lane"].startswith("web")
    }
    assert set(up) == {"web", "web/1", "web/2"}
    assert up["web"] == up["web/1"] != up["web/2"]
    started, sent = (
        [(event["data"]["process"], event["data"]["request"]) for event in ran.of(kind)]
        for kind in ("request-started", "response-sent")
    )
    assert len(set(started)) == len(started) == 4
    assert set(started) == set(sent)
    (slow,) = ran.of("response-sent", path="/slow")
    assert slow["data"]["seconds"] >= 1.5
