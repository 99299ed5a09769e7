"""What a runner does beside one run: room, looks at the queue, what happens without messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from labs.models import Lab, Run
from labs.runner import housekeeping
from labs.runner.runner import Runner
from labs.tests.factories import make_run, working
from labs.tests.fake_warden import FakeWarden, Line, finishes
from sandbox.protocol import State

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture
def runner(warden: FakeWarden) -> Iterator[Runner]:
    made = Runner(slots=1)
    made.command_listener.start()
    yield made
    made.close()


def eventually(condition: Callable[[], Any], within: float = 60.0) -> None:
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_run_that_no_message_announced_is_taken_by_an_idle_runner(
    lab: Lab, learner: User, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "LOOK_EVERY", 0.0)
    make_run(lab, learner, woken_at=timezone.now() - timedelta(seconds=3))
    runner.housekeeping.round()
    eventually(lambda: Run.objects.ended().exists())
    eventually(lambda: runner.has_room)


def test_a_run_that_was_just_announced_is_left_to_its_message(
    lab: Lab, learner: User, runner: Runner, warden: FakeWarden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "LOOK_EVERY", 0.0)
    make_run(lab, learner)
    runner.housekeeping.round()
    assert runner.has_room
    assert warden.requests == []


def test_no_more_runs_at_once_than_there_are_slots(
    lab: Lab, learner: User, runner: Runner, warden: FakeWarden
) -> None:
    go_on = threading.Event()

    def waits(line: Line) -> None:
        go_on.wait(5)
        finishes(line)

    warden.scripts = [waits]
    for _ in range(2):
        make_run(lab, learner)
    at_work = working(runner)
    eventually(lambda: warden.requests)
    runner.work()
    assert len(warden.requests) == 1
    go_on.set()
    at_work.join(timeout=60)
    assert len(warden.requests) == 2
    assert Run.objects.ended().count() == 2


def test_a_stopping_runner_claims_nothing(
    lab: Lab, learner: User, runner: Runner, warden: FakeWarden
) -> None:
    make_run(lab, learner)
    runner.stop()
    runner.work()
    assert warden.requests == []


def test_when_the_warden_is_back_what_waits_is_taken_up(
    lab: Lab, learner: User, warden: FakeWarden, runner: Runner, settings: Any, valkey: Any
) -> None:
    there, settings.WARDEN_SOCKET = settings.WARDEN_SOCKET, settings.WARDEN_SOCKET.with_name("nobody.sock")
    run = make_run(lab, learner, woken_at=timezone.now() - timedelta(seconds=3))
    runner.work()
    settings.WARDEN_SOCKET = there
    runner.housekeeping.round()
    assert Run.objects.get(pk=run.pk).woken_at > timezone.now() - timedelta(seconds=1)


def test_one_death_of_a_warden_does_not_count_twice(
    lab: Lab, learner: User, warden: FakeWarden, runner: Runner
) -> None:
    """While a killed warden's sockets are closed one by one, the one that it listens on may still take a
    connection.
    """

    def is_killed(line: Line) -> None:
        line.event("worker-1", "lane-up")
        warden.is_dying = True

    warden.scripts.insert(0, is_killed)
    run = make_run(lab, learner)
    runner.work()
    assert Run.objects.values_list("state", "claim").get(pk=run.pk) == (State.QUEUED, 2)
    warden.is_dying = False
    runner.work()
    assert Run.objects.get(pk=run.pk).outcome == "failed_checks"
