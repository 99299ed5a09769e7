"""The whole way below the web: a queued row, a runner, the real warden, a real jail with real Celery
workers.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from config.operations import up
from config.places import BASE
from labs.live import stream
from labs.models import Lab, Run
from labs.runner import warden_client
from labs.runner.runner import Runner
from labs.tests.factories import make_run, working

pytestmark = [pytest.mark.jail, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]

SHORT = """
import bench, tasks

bench.wait_for("lane-up", lane="worker-1", deadline=5)
tasks.reserve_stock.delay(1)
bench.wait_for("task-succeeded", deadline=5)
"""
"""A story of one task, so that a test does not last as long as the lab."""


class RealWarden:
    """A warden of this test, with one warm jail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.start()

    def start(self) -> None:
        command = up.warden_command(self._folder, slots=4, pool=1, mark="labs-tests")
        self.process = subprocess.Popen(command, cwd=BASE, stdout=subprocess.DEVNULL)
        eventually(lambda: (status := warden_client.status()) and status.warm, within=120)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)


def eventually(condition: Callable[[], Any], within: float = 120.0) -> Any:
    until = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < until
        time.sleep(0.01)
    return found


@pytest.fixture
def warden(tmp_path_factory: pytest.TempPathFactory, settings: Any) -> Iterator[RealWarden]:
    folder = tmp_path_factory.mktemp("w")
    settings.WARDEN_SOCKET = folder / "warden.sock"
    made = RealWarden(folder)
    yield made
    made.stop()


@pytest.fixture
def runner(warden: RealWarden) -> Iterator[Runner]:
    made = Runner()
    made.command_listener.start()
    yield made
    made.close()


@pytest.fixture
def run(lab: Lab, learner: User) -> Run:
    """A run whose story is short: its pinned revision has another driver."""
    definition = lab.current.definition
    definition["files"]["driver.py"] = SHORT
    lab.current.save()
    return make_run(lab, learner)


def in_stream(run: Run, kind: str) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in stream.trace_lines(stream.read_events(run.pk))]
    return [event for event in events if event["kind"] == kind]


def test_a_run_goes_through_a_jail_and_comes_back_judged(run: Run, runner: Runner) -> None:
    runner.work()
    ended = Run.objects.get()
    assert ended.outcome == "failed_checks", ended.reason
    events = [json.loads(line) for line in ended.trace.lines]
    assert [event["seq"] for event in events] == list(range(1, ended.event_count + 1))
    assert [event["t"] for event in events] == sorted(event["t"] for event in events)
    kinds = {event["kind"] for event in events}
    assert {
        "run-started",
        "lane-up",
        "task-sent",
        "task-received",
        "task-started",
        "task-succeeded",
        "stub-called",
    } <= kinds
    assert ended.measures["reminders_sent"] == 0


def test_code_that_does_not_start_is_an_error_with_a_sentence(run: Run, runner: Runner) -> None:
    Run.objects.update(files={"tasks.py": "import nothing_of_the_kind\n"})
    runner.work()
    ended = Run.objects.get()
    assert ended.outcome == "error"
    assert "nothing_of_the_kind" in ended.reason


@pytest.fixture
def half_way(run: Run, runner: Runner) -> Iterator[Run]:
    """A run whose first task has started; a thread works at it."""
    Run.objects.update(
        files={
            "tasks.py": run.revision.definition["files"]["tasks.py"].replace("time.sleep(1)", "time.sleep(4)")
        }
    )
    thread = working(runner)
    eventually(lambda: in_stream(run, "task-started"))
    yield run
    thread.join(timeout=200)
    assert not thread.is_alive()


def test_a_kill_by_hand_is_carried_out_and_seen(half_way: Run) -> None:
    (started,) = in_stream(half_way, "task-started")
    message = {"op": "command", "action": "kill", "target": started["lane"], "by": "learner"}
    stream.send_to_runner(half_way.pk, 1, message)
    down = eventually(lambda: [e for e in in_stream(half_way, "lane-down") if e["lane"] == started["lane"]])
    assert down[0]["data"]["signal"] == signal.SIGKILL
    assert in_stream(half_way, "command")[0]["data"]["by"] == "learner"
    stream.send_to_runner(half_way.pk, 1, {"op": "cancel"})
    eventually(lambda: in_stream(half_way, "run-ended"))


def test_a_killed_warden_costs_one_attempt_and_no_run(
    half_way: Run, warden: RealWarden, runner: Runner
) -> None:
    os.kill(warden.process.pid, signal.SIGKILL)
    warden.process.wait()
    eventually(lambda: in_stream(half_way, "run-requeued"))
    warden.start()
    eventually(lambda: not runner.conductors)
    runner.work()
    ended = Run.objects.get()
    assert (ended.claim, ended.outcome) == (2, "failed_checks")
