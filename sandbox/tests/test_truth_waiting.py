"""What waits says why, and a run is not quiet while something waits that will start."""

from __future__ import annotations

import pytest

from sandbox.tests.client import process
from sandbox.tests.truth import run_program

pytestmark = pytest.mark.jail


@pytest.fixture(scope="module")
def waiting(warden):
    return run_program(warden, "waiting", process("worker-1", "celery-worker", pool="threads"))


def test_each_waiting_message_says_why(waiting) -> None:
    reasons = {(event["name"], event["data"]["why"]) for event in waiting.of("task-waiting")}
    assert {("waits_for_the_gate", "prefetched"), ("mails", "rate-limit"), ("later", "eta")} <= reasons


def test_a_message_whose_time_is_to_come_is_not_quiet(waiting) -> None:
    (mark,) = waiting.of("mark", text="quiet while an ETA is to come")
    assert mark["data"]["answer"] is False


def test_only_what_the_workers_read_is_a_queue_under_its_real_key(waiting) -> None:
    up = waiting.events.index(waiting.of("lane-up", lane="worker-1")[0])
    samples = [event for event in waiting.of("broker-sample") if waiting.events.index(event) > up]
    assert samples
    assert {key for sample in samples for key in sample["data"]["depth"]} == {"shop:celery"}
    assert max(sample["data"]["unacked"] for sample in samples) >= 1


@pytest.fixture(scope="module")
def rq(warden):
    return run_program(warden, "rq", process("worker-1", "rq-worker", scheduler=True), wall=120.0)


def test_an_rq_job_counts_its_attempts_and_says_that_it_will_be_retried(rq) -> None:
    kinds: dict[str, list[tuple[str, int]]] = {}
    for event in rq.events:
        if (
            event.get("name") == "shaky"
            and event["data"].get("execution")
            and event["kind"] != "task-started"
        ):
            kinds.setdefault(event["task"], []).append((event["kind"], event["attempt"]))
    assert sorted(kinds.values()) == [
        [("task-retried", 1), ("task-failed", 2)],
        [("task-retried", 1), ("task-retried", 2), ("task-succeeded", 3)],
        [("task-retried", 1), ("task-succeeded", 2)],
    ]


def test_rq_jobs_wait_for_others_and_for_their_time(rq) -> None:
    assert {event["data"]["why"] for event in rq.of("task-waiting")} == {"deferred", "scheduled"}
    assert rq.of("mark", text="quiet")[0]["data"]["answer"] is True
    assert len(rq.of("task-succeeded", name="follows")) == 3


def test_the_death_of_a_work_horse_and_a_stopped_job_are_seen(rq) -> None:
    (down,) = rq.of(
        "lane-down", lane="worker-1/child", pid=rq.of("task-started", name="dies")[0]["data"]["process"]
    )
    assert (down["data"]["exit"], down["data"]["signal"]) == (None, 9)
    assert rq.of("task-failed", name="dies")[0]["data"]["execution"] == 1
    assert rq.of("task-revoked", name="waits")[0]["data"]["execution"] == 1
