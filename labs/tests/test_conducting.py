"""A runner against a warden that plays a script: a real socket, a real stream, no jail."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import User
from labs.live import stream
from labs.models import Lab, Run
from labs.runner import conductor as conducting
from labs.runner.runner import Runner
from labs.runs.ending import STOPPED_BY_OPERATOR
from labs.tests.factories import make_run, working
from labs.tests.fake_warden import FakeWarden, Line, dies, goes, obeys
from sandbox.protocol import State

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture
def runner(warden: FakeWarden) -> Iterator[Runner]:
    """Its housekeeping thread does not run: tests call its rounds."""
    made = Runner()
    made.command_listener.start()
    yield made
    made.close()


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def trace(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in fresh(run).trace.lines]


def kinds(run: Run) -> list[str]:
    return [event["kind"] for event in trace(run)]


def test_a_run_is_handed_over_whole(lab: Lab, learner: User, warden: FakeWarden, runner: Runner) -> None:
    run = make_run(lab, learner, files={"tasks.py": "mine"}, knobs={"pages": 3})
    runner.work()
    (request,) = warden.requests
    assert request["files"]["tasks.py"] == "mine"
    assert request["files"]["driver.py"] == lab.current.definition["files"]["driver.py"]
    assert "checks.py" not in request["files"]
    assert (request["knobs"], request["seed"], request["claim"]) == ({"pages": 3}, run.seed, 1)


def test_a_finished_run_is_judged_and_kept(lab: Lab, learner: User, runner: Runner) -> None:
    run = make_run(lab, learner)
    runner.work()
    ended = fresh(run)
    assert (ended.state, ended.outcome, ended.event_count) == (State.ENDED, "failed_checks", 4)
    assert [check["verdict"] for check in ended.checks] == ["not_tested"] * 3 + ["failed"]
    assert kinds(run) == ["run-queued", "run-started", "lane-up", "run-ended"]


def test_the_stream_and_the_database_tell_the_same(lab: Lab, learner: User, runner: Runner) -> None:
    run = make_run(lab, learner)
    runner.work()
    assert stream.trace_lines(stream.read_events(run.pk)) == fresh(run).trace.lines


def test_the_beginning_tells_seed_and_knobs_and_the_end_the_outcome(
    lab: Lab, learner: User, runner: Runner
) -> None:
    run = make_run(lab, learner)
    runner.work()
    begun, ended = trace(run)[1], trace(run)[-1]
    assert begun["data"] == {"seed": run.seed, "knobs": {"pages": 9}}
    assert ended["data"] == {"outcome": "failed_checks", "reason": "", "lateness": {}}


def test_a_runner_works_until_the_queue_is_empty(lab: Lab, learner: User, runner: Runner) -> None:
    for _ in range(3):
        make_run(lab, learner)
    runner.work()
    assert Run.objects.ended().count() == 3


@pytest.mark.parametrize("outcome", ["error", "timed_out", "over_limit"])
def test_what_the_jail_says_of_an_end_is_the_outcome(
    lab: Lab, learner: User, warden: FakeWarden, runner: Runner, outcome: str
) -> None:
    warden.scripts = [lambda line: line.end(outcome, "Too much.")]
    run = make_run(lab, learner)
    runner.work()
    ended = fresh(run)
    assert (ended.outcome, ended.reason) == (outcome, "Too much.")
    assert {check["verdict"] for check in ended.checks} == {"not_tested"}


def test_a_run_whose_warden_died_is_run_again_at_once(
    lab: Lab, learner: User, warden: FakeWarden, runner: Runner
) -> None:
    warden.scripts.insert(0, dies)
    run = make_run(lab, learner)
    runner.work()
    assert (fresh(run).claim, fresh(run).outcome) == (2, "failed_checks")
    expected = ["run-queued", "run-started", "lane-up", "run-requeued", "run-started", "lane-up", "run-ended"]
    assert kinds(run) == expected


def test_the_second_death_is_the_end(lab: Lab, learner: User, warden: FakeWarden, runner: Runner) -> None:
    warden.scripts = [dies]
    run = make_run(lab, learner)
    runner.work()
    ended = fresh(run)
    assert (ended.outcome, ended.claim) == ("lost", 2)
    assert "lost twice" in ended.reason
    assert kinds(run)[-1] == "run-ended"
    assert [event["seq"] for event in trace(run)] == list(range(1, ended.event_count + 1))


def test_a_warden_that_is_stopped_gives_the_run_back(
    lab: Lab, learner: User, warden: FakeWarden, runner: Runner
) -> None:
    warden.scripts.insert(0, lambda line: line.end("cancelled", "The warden was stopped."))
    run = make_run(lab, learner)
    runner.work()
    assert (fresh(run).claim, fresh(run).outcome) == (2, "failed_checks")


def test_a_run_that_the_warden_does_not_take_waits_with_its_reason(
    lab: Lab, learner: User, warden: FakeWarden, runner: Runner
) -> None:
    warden.scripts = [lambda line: line.say({"refused": "No jail can be made at present."})]
    run = make_run(lab, learner)
    runner.work()
    waiting = fresh(run)
    assert (waiting.state, waiting.deaths) == (State.QUEUED, 0)
    assert waiting.reason == "No jail can be made at present."


def test_without_a_warden_a_run_stays_in_the_queue(
    lab: Lab, learner: User, runner: Runner, settings: Any
) -> None:
    settings.WARDEN_SOCKET = settings.WARDEN_SOCKET.with_name("nobody.sock")
    run = make_run(lab, learner)
    runner.work()
    assert (fresh(run).state, fresh(run).claim) == (State.QUEUED, 1)


@pytest.mark.parametrize(
    "event",
    [
        "no object",
        {"lane": "Worker 1", "kind": "log", "data": {}},
        {"lane": "worker-1", "kind": "run-ended", "data": {}},
        {"lane": "worker-1", "kind": "unheard-of", "data": {}},
        {"lane": "worker-1", "kind": "log", "data": []},
        {"lane": "worker-1", "kind": "log", "task": 7, "data": {}},
        {"lane": "worker-1", "kind": "log", "data": {"text": "x" * 9000}},
        {"lane": "worker-1", "kind": "log", "data": {"text": "\0"}},
    ],
)
def test_an_event_that_is_none_is_counted_and_not_written(
    lab: Lab, learner: User, warden: FakeWarden, runner: Runner, event: Any
) -> None:
    def script(line: Line) -> None:
        goes(line)
        line.say({"event": event})
        line.end()

    warden.scripts = [script]
    run = make_run(lab, learner)
    runner.work()
    assert kinds(run) == ["run-queued", "run-started", "lane-up", "dropped", "run-ended"]


def test_a_jail_cannot_forge_the_end_of_its_stream(
    lab: Lab, learner: User, warden: FakeWarden, runner: Runner
) -> None:
    def script(line: Line) -> None:
        goes(line)
        line.event("driver", "mark", data={"kind": "run-ended", "text": "\n\nevent: end\n\n"})
        line.end()

    warden.scripts = [script]
    run = make_run(lab, learner)
    runner.work()
    assert all("\n" not in line for line in fresh(run).trace.lines)
    assert kinds(run)[-2:] == ["mark", "run-ended"]


def eventually(condition: Callable[[], Any], within: float = 60.0) -> Any:
    until = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < until
        time.sleep(0.01)
    return found


def in_stream(run: Run, kind: str) -> bool:
    return any(json.loads(body)["kind"] == kind for _, body in stream.read_events(run.pk))


@pytest.fixture
def running(lab: Lab, learner: User, warden: FakeWarden, runner: Runner) -> Iterator[Run]:
    """A run in the middle; the runner works in another thread, which alone touches the database meanwhile."""
    warden.scripts = [obeys]
    run = make_run(lab, learner)
    thread = working(runner)
    eventually(lambda: in_stream(run, "lane-up"))
    yield run
    for conductor in runner.conductors:
        conductor.abandon()
    thread.join(timeout=60)
    assert not thread.is_alive()


def test_a_command_reaches_the_warden_and_is_an_event_when_it_was_carried_out(
    running: Run, runner: Runner
) -> None:
    message = {"op": "command", "action": "kill", "target": "worker-1", "by": "learner"}
    stream.send_to_runner(running.pk, 1, message)
    eventually(lambda: in_stream(running, "command"))


def test_a_command_to_an_earlier_attempt_is_not_carried_out(running: Run, runner: Runner) -> None:
    for claim, target in ((7, "worker-2"), (1, "worker-1")):
        message = {"op": "command", "action": "kill", "target": target, "by": "learner"}
        stream.send_to_runner(running.pk, claim, message)
    eventually(lambda: in_stream(running, "command"))
    targets = [json.loads(body)["lane"] for _, body in stream.read_events(running.pk) if "command" in body]
    assert targets == ["worker-1"]


def test_a_cancelled_run_ends_cancelled(running: Run, runner: Runner) -> None:
    stream.send_to_runner(running.pk, 1, {"op": "cancel", "reason": STOPPED_BY_OPERATOR})
    eventually(lambda: in_stream(running, "run-ended"))
    ended = fresh(running)
    assert (ended.outcome, ended.reason) == ("cancelled", STOPPED_BY_OPERATOR)


def test_the_first_word_of_the_jail_makes_the_run_running(running: Run, runner: Runner) -> None:
    assert fresh(running).state == State.STARTING
    runner.housekeeping.round()
    assert fresh(running).state == State.RUNNING
    assert fresh(running).started_at


def test_a_wish_to_cancel_arrives_with_the_lease_when_the_stream_is_away(
    running: Run, runner: Runner
) -> None:
    fresh(running).ask_cancel(STOPPED_BY_OPERATOR)
    runner.housekeeping.round()
    assert eventually(lambda: fresh(running).outcome) == "cancelled"
    assert fresh(running).reason == STOPPED_BY_OPERATOR


def test_a_runner_that_stops_does_not_wait_for_its_runs_but_hands_them_back(
    running: Run, runner: Runner
) -> None:
    runner.stop()
    assert eventually(
        lambda: runner.housekeeping.round() or not runner.conductors
    )  # the jail never ends by itself
    assert (fresh(running).state, fresh(running).claim, fresh(running).deaths) == (State.QUEUED, 2, 0)
    assert in_stream(running, "run-requeued")


def test_a_run_that_was_taken_over_is_let_go_and_claimed_anew(
    running: Run, runner: Runner, warden: FakeWarden
) -> None:
    fresh(running).requeue(died=True)
    runner.housekeeping.round()
    eventually(lambda: len(warden.requests) == 2)
    assert [request["claim"] for request in warden.requests] == [1, 2]


def test_a_run_that_outlives_its_time_is_ended_by_the_runner(
    lab: Lab, learner: User, warden: FakeWarden, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conducting, "AFTER_WALL", -35.8)
    warden.scripts = [obeys]
    run = make_run(lab, learner)
    runner.work()
    assert (fresh(run).outcome, fresh(run).reason) == ("timed_out", conducting.LATE)
