"""Which notes of a lane are doubted, and that possible ones are not."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Any

import pytest

from sandbox.inside import lane_messages
from sandbox.inside.task_history import TaskHistory
from sandbox.warden.jails import watchdog

NOW = 1000.0


def note(kind: str, task: str = "t1", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "task": task, "name": "shop.add", "data": {}, **more}


def told(*kinds: str) -> list[dict[str, Any]]:
    """The events of one lane that sends notes of these kinds about one task, in this order."""
    history = TaskHistory()
    return [event for kind in kinds for event in history.read("worker-1", note(kind), ordered=True)]


def doubts(found: dict[str, Any], *, process: str = "celery-worker", is_up: bool = True) -> str | None:
    return lane_messages.doubt(found, process=process, is_up=is_up, born=NOW - 10, now=NOW)


def test_a_possible_order_is_not_doubted() -> None:
    events = told(
        "task-received", "task-started", "task-retried", "task-received", "task-started", "task-succeeded"
    )
    assert not [event for event in events if "forged" in event["data"]]


def test_a_failure_without_a_start_is_possible() -> None:
    assert "forged" not in told("task-received", "task-failed")[-1]["data"]


def test_a_start_without_a_receipt_is_marked_and_opens_nothing() -> None:
    history = TaskHistory()
    (event,) = history.read("worker-1", note("task-started"), ordered=True)
    assert event["data"]["forged"] == "started in a lane that had not received it"
    assert history.is_quiet()


def test_what_another_lane_runs_cannot_be_ended_here() -> None:
    history = TaskHistory()
    for kind in ("task-received", "task-started"):
        history.read("worker-2", note(kind), ordered=True)
    (event,) = history.read("worker-1", note("task-succeeded"), ordered=True)
    assert event["data"]["forged"] == "ended in a lane in which it did not run"
    assert not history.is_quiet()


def test_a_new_process_of_a_lane_has_received_nothing() -> None:
    history = TaskHistory()
    history.read("worker-1", note("task-received"), ordered=True)
    history.lane_down("worker-1")
    assert "forged" in history.read("worker-1", note("task-started"), ordered=True)[0]["data"]


def test_a_doubted_receipt_is_no_delivery() -> None:
    history = TaskHistory()
    history.read("worker-1", note("task-received"), "sent before the lane was up", ordered=True)
    kinds = [event["kind"] for event in history.read("worker-1", note("task-received"), ordered=True)]
    assert kinds == ["task-received"]


def test_what_only_a_ready_process_does_is_doubted_before_the_lane_is_up() -> None:
    assert doubts(note("task-started"), is_up=False)
    assert doubts(note("request-started"), process="uvicorn", is_up=False)
    assert doubts(note("task-sent"), is_up=False) is None
    assert doubts(note("mark"), is_up=False) is None


@pytest.mark.parametrize(
    ("kind", "maker"),
    [("stub-called", "stub"), ("probe", "probe"), ("response-sent", "uvicorn"), ("schedule-fired", "beat")],
)
def test_a_process_tells_only_what_processes_of_its_kind_do(kind: str, maker: str) -> None:
    assert doubts(note(kind), process=maker) is None
    assert doubts(note(kind)) == "not what a process of the kind celery-worker does"
    assert doubts(note("task-succeeded"), process=maker)


def test_times_of_the_future_and_of_before_the_process_are_doubted() -> None:
    assert doubts(note("mark", at=NOW + 5)) == "dated in the future"
    assert doubts(note("mark", at=NOW - 60)) == "dated before its process began"
    assert doubts(note("mark", at=NOW - 9)) is None


def test_a_note_that_names_a_lane_is_doubted() -> None:
    found = lane_messages.read(b'{"kind": "task-started", "lane": "worker-2", "task": "a"}')
    assert found is not None
    assert doubts(found) == "sent in another lane's name"


def test_a_crowd_gets_the_lowest_priority() -> None:
    child = os.fork()
    if child == 0:
        time.sleep(30)
        os._exit(0)
    try:
        watchdog.lower_priority([child])
        assert os.getpriority(os.PRIO_PROCESS, child) == watchdog.LOWEST_PRIORITY
        assert child in watchdog.descendants(os.getpid())
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_lane_cannot_say_which_start_an_event_belongs_to_or_that_it_is_not_believed() -> None:
    told = {
        "kind": "task-discarded",
        "task": "a",
        "data": {"forged": "do not count this", "execution": 7, "why": "unknown"},
    }
    assert lane_messages.read(json.dumps(told).encode()) == {
        "kind": "task-discarded",
        "task": "a",
        "data": {"why": "unknown"},
    }
