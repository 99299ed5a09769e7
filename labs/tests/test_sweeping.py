from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.utils import timezone

from accounts.models import User
from labs.live import stream
from labs.live.stream import Fenced
from labs.models import Lab, Run
from labs.runs.ending import STOPPED
from labs.runs.sweeping import sweep
from labs.tests.factories import make_run
from sandbox.protocol import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


def left_alone(lab: Lab, learner: User, **fields: Any) -> Run:
    """A run whose runner has been silent for longer than its lease."""
    run = make_run(lab, learner, **fields)
    run.claim_for("runner-1")
    stream.append_opening(run.pk, run.claim, stream.opening_event(1))
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    return run


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def wakes(valkey: redis.Redis) -> int:
    """Messages in the broker's queue."""
    broker = redis.Redis(unix_socket_path=valkey.connection_pool.connection_kwargs["path"], db=1)
    try:
        return int(broker.llen("labs"))
    finally:
        broker.close()


def test_a_run_whose_runner_is_silent_goes_back_to_the_queue(
    lab: Lab, learner: User, valkey: redis.Redis
) -> None:
    run = left_alone(lab, learner)
    sweep()
    assert (fresh(run).state, fresh(run).claim) == (State.QUEUED, 2)
    assert json.loads(stream.read_events(run.pk)[-1][1])["kind"] == "run-requeued"
    assert wakes(valkey) == 1


def test_its_earlier_runner_can_write_nothing_more(lab: Lab, learner: User) -> None:
    run = left_alone(lab, learner)
    sweep()
    with pytest.raises(Fenced):
        stream.append_events(run.pk, 1, 3, [("9.0", "{}")])


def test_a_run_with_a_fresh_lease_is_left_alone(lab: Lab, learner: User) -> None:
    run = make_run(lab, learner)
    run.claim_for("runner-1")
    sweep()
    assert fresh(run).state == State.STARTING


def test_the_second_silent_runner_loses_the_run(lab: Lab, learner: User) -> None:
    run = left_alone(lab, learner, deaths=1)
    sweep()
    ended = fresh(run)
    assert ended.outcome == "lost"
    assert [json.loads(line)["kind"] for line in ended.trace.lines] == ["run-queued", "run-ended"]
    assert {check["verdict"] for check in ended.checks} == {"not_tested"}


def test_a_silent_run_that_its_owner_stopped_is_cancelled(lab: Lab, learner: User) -> None:
    run = left_alone(lab, learner)
    run.ask_cancel(STOPPED)
    sweep()
    assert (fresh(run).outcome, fresh(run).reason) == ("cancelled", STOPPED)


def test_a_run_that_nobody_takes_is_cancelled_after_a_quarter_of_an_hour_with_the_reason(
    lab: Lab, learner: User
) -> None:
    now = timezone.now()
    waiting = make_run(lab, learner, waiting_since=now - timedelta(minutes=14))
    given_up = make_run(
        lab, learner, waiting_since=now - timedelta(minutes=16), reason="No jail can be made."
    )
    sweep()
    assert fresh(waiting).state == State.QUEUED
    assert fresh(given_up).outcome == "cancelled"
    assert fresh(given_up).reason == "No machine started this run within 15 minutes. No jail can be made."


def test_a_run_whose_message_was_lost_is_announced_again_but_not_all_the_time(
    lab: Lab, learner: User, valkey: redis.Redis
) -> None:
    make_run(lab, learner, woken_at=timezone.now() - timedelta(seconds=11))
    make_run(lab, learner)
    for _ in range(3):
        sweep()
    assert wakes(valkey) == 1


def test_a_sweep_without_a_broker_or_streams_still_ends_runs(lab: Lab, learner: User, settings: Any) -> None:
    run = left_alone(lab, learner, deaths=1)
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    sweep()
    assert fresh(run).outcome == "lost"
    assert [json.loads(line)["seq"] for line in fresh(run).trace.lines] == [1, 2]
