"""Every execution of a Celery task has exactly one end, whatever the task does and whoever ends it."""

from __future__ import annotations

import pytest

from sandbox.tests.client import process
from sandbox.tests.truth import ends, ends_by_name, run_program

pytestmark = pytest.mark.jail


@pytest.fixture(scope="module", params=["prefork", "threads"])
def all_ends(warden, request):
    return run_program(
        warden, "ends", process("worker-1", "celery-worker", pool=request.param, concurrency=2)
    )


def test_each_way_to_end_is_an_end_of_its_own(all_ends) -> None:
    found = ends_by_name(all_ends)
    assert sorted(found.pop("tasks.works")) == ["succeeded"] * 3
    assert sorted(found.pop("tasks.fails")) == ["failed"] * 2
    assert sorted(found.pop("tasks.rejects_once")) == ["rejected", "succeeded"]
    assert found == {
        "tasks.retries": ["retried", "retried", "succeeded"],
        "tasks.ignores": ["ignored"],
        "tasks.rejects": ["rejected"],
        "tasks.hands_over": ["replaced"],
        "tasks.hands_over_to_two": ["replaced"],
        "tasks.exits": ["failed"],
    }


def test_a_replacement_is_the_first_execution_of_its_own_name(all_ends) -> None:
    (replaced,) = all_ends.of("task-replaced", name="hands_over")
    assert replaced["data"]["by"] == replaced["task"]
    assert replaced["data"]["by_name"] == "tasks.works"
    (start,) = all_ends.of("task-started", name="works", task=replaced["task"])
    assert start["data"]["execution"] == 1


def test_an_expired_a_revoked_and_an_unknown_message_never_start(all_ends) -> None:
    for kind in ("task-expired", "task-revoked", "task-discarded"):
        (event,) = all_ends.of(kind)
        assert not all_ends.of("task-started", task=event["task"])
        assert "execution" not in event["data"]


def test_the_run_is_quiet_in_the_end(all_ends) -> None:
    assert all_ends.events[-1]["kind"] in {"lane-down", "dropped"}
    started = {event["task"] for event in all_ends.of("task-started")}
    assert {key[0] for key in ends(all_ends)} == started


@pytest.fixture(scope="module")
def deaths(warden):
    return run_program(warden, "deaths", process("worker-1", "celery-worker", pool="prefork"))


def test_the_death_of_a_child_ends_what_it_executed(deaths) -> None:
    found = {name: set(kinds) for (_, name, _), kinds in ends(deaths).items()}
    assert found["tasks.exits"] & {"killed", "failed"}
    assert found["tasks.kills_itself"] & {"killed", "failed"}
    downs = [
        (event["data"]["exit"], event["data"]["signal"])
        for event in deaths.of("lane-down", lane="worker-1/child")
    ]
    # A death is told within 0.3 s. Where the parent has not collected the child by then, nobody knows how.
    unknown = (None, None)
    assert len(downs) >= 2
    assert downs[0] in {(7, None), unknown}
    assert downs[1] in {(None, 9), unknown}


def test_a_soft_and_a_hard_limit_are_events_before_the_end(deaths) -> None:
    for name, limit, end in (("tidies_up", "soft", "task-succeeded"), ("is_cut_off", "hard", "task-failed")):
        (event,) = deaths.of("task-limit", name=name)
        assert (event["data"]["limit"], event["data"]["seconds"], event["data"]["execution"]) == (limit, 1, 1)
        (last,) = deaths.of(end, name=name)
        assert deaths.events.index(event) < deaths.events.index(last)
        assert last["data"]["execution"] == 1


def test_a_task_that_is_terminated_while_it_runs_is_revoked(deaths) -> None:
    (event,) = deaths.of("task-revoked", name="sleeps")
    assert event["data"]["terminated"] is True
    assert event["data"]["execution"] == 1


def test_a_cold_shutdown_cancels_what_is_under_way(warden) -> None:
    ran = run_program(warden, "shutdown", process("worker-1", "celery-worker", pool="prefork"))
    assert ends_by_name(ran) == {"tasks.clean": ["cancelled"]}
