"""A check that rests on time, on a machine that was late."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator

import pytest

from accounts.models import User
from labs.bench import no_script
from labs.checking import Trace, Verdict, late_if_cut_off
from labs.judging.declarations import Check
from labs.judging.evaluation import Checks, judge
from labs.judging.lateness import Lateness
from labs.models import Lab, Run
from labs.runner import conductor as conducting
from labs.runner.admission import Admission, Pressure
from labs.runner.runner import Runner
from labs.tests.factories import Story, make_run
from labs.tests.fake_warden import FakeWarden, Line, goes
from sandbox.protocol import Event, Kind

BUSY = {"worst": 0.3, "total": 1.0, "pressure": 0.9}


def slow(trace: Trace) -> Verdict:
    return Verdict(False, "within 0.5 s", "after 0.9 s", late_by=0.4)


def wrong(trace: Trace) -> Verdict:
    return Verdict(False, "one", "two")


def fine(trace: Trace) -> Verdict:
    return Verdict(True, "one", "one")


def outcome(lateness: Lateness, *checks: Check) -> tuple[str, list[str]]:
    found = judge(Checks(list(checks), []), [], {}, lateness)
    return found.outcome, [verdict["verdict"] for verdict in found.checks]


RESTS = Check("slow", "Quick", slow, None, rests_on_time=True)
WRONG = Check("wrong", "Right", wrong, None)
FINE = Check("fine", "Fine", fine, None)


def test_a_failure_that_the_machine_could_explain_is_not_judged_and_says_how_late_it_was() -> None:
    found = judge(Checks([FINE, RESTS], []), [], {}, Lateness.from_json(BUSY))
    assert found.outcome == "not_judged"
    assert [verdict["verdict"] for verdict in found.checks] == ["passed", "not_judged"]
    assert "0.30 s late" in found.checks[1]["observed"]
    assert "90%" in found.checks[1]["observed"]


@pytest.mark.parametrize(
    ("lateness", "checks", "expected"),
    [
        (Lateness(), (FINE, RESTS), ("failed_checks", ["passed", "failed"])),
        (Lateness(0.3, 1.0), (WRONG, FINE), ("failed_checks", ["failed", "passed"])),
        (Lateness(0.3, 1.0), (WRONG, RESTS), ("failed_checks", ["failed", "not_judged"])),
        (Lateness(0.3, 1.0), (FINE,), ("passed", ["passed"])),
    ],
    ids=["on time", "does not rest on time", "another check failed", "passed"],
)
def test_any_other_failure_is_one(lateness, checks, expected) -> None:
    assert outcome(lateness, *checks) == expected


def test_a_machine_explains_only_as_much_as_it_was_late() -> None:
    late = Lateness(0.1, 0.5)
    assert late.explains(1.0)
    assert late.explains(None)
    assert not late.explains(2.0)
    assert not late.explains(math.inf)
    assert not Lateness(0.01, 3.0, 0.2).explains(0.01)


def test_what_never_came_is_late_only_if_the_driver_gave_up_waiting() -> None:
    story = Story()
    assert late_if_cut_off(Trace(story.events, {})) == math.inf
    story.add("driver", Kind.MARK, data={"text": "deadline passed: the lab was not quiet within 8 s"})
    assert late_if_cut_off(Trace(story.events, {})) is None


def test_lateness_from_a_warden_that_does_not_measure_is_none() -> None:
    assert Lateness.from_json(None) == Lateness.from_json({}) == Lateness()


def test_a_host_admits_fewer_runs_while_it_is_late_and_more_when_it_is_on_time() -> None:
    admission = Admission(slots=4, cores=2)
    assert admission.limit == 4
    now = admission._since
    for late, running, limit in (
        (0.3, 4, 3),
        (0.3, 3, 2),
        (0.3, 2, 1),
        (0.3, 1, 1),
        (0.05, 1, 1),
        (0.0, 1, 2),
    ):
        for _ in range(3):
            now += 0.7
            admission.note(late, now, running)
        assert admission.limit == limit
    for _ in range(30):
        now += 1
        admission.note(0.0, now, 2)
    assert admission.limit == 4


def pressed(admission: Admission, share: float, until: float) -> None:
    """A quarter of a minute in which some program waited for this share of the time."""
    for step in range(300):
        now = until - (300 - step) * 0.05
        admission.waited(share * now, now)


@pytest.mark.parametrize(("share", "admitted"), [(0.39, True), (0.41, False), (1.0, False)])
def test_more_runs_than_the_cores_allow_begin_only_while_few_programs_wait(
    share: float, admitted: bool
) -> None:
    admission = Admission(slots=12, cores=2)
    pressed(admission, share, until=1000.0)
    assert all(admission.admits(running, 1000.0) for running in range(4))
    assert admission.admits(4, 1000.0) is admitted
    assert not admission.admits(12, 1000.0)


def test_where_the_kernel_says_nothing_of_pressure_the_cores_decide() -> None:
    admission = Admission(slots=12, cores=2)
    admission.waited(None, 1000.0)
    assert admission.admits(3, 1000.0)
    assert not admission.admits(4, 1000.0)


def test_beyond_the_cores_one_run_for_each_begins_at_a_time() -> None:
    admission = Admission(slots=12, cores=2)
    pressed(admission, 0.1, until=1000.0)
    admission.claimed(999.9)
    assert admission.admits(4, 1000.0)
    admission.claimed(1000.0)
    assert not admission.admits(5, 1000.0)
    assert admission.admits(3, 1000.0)
    assert admission.admits(5, 1000.4)


def test_a_late_host_admits_less_whatever_the_pressure() -> None:
    admission = Admission(slots=12, cores=2)
    pressed(admission, 0.0, until=1000.0)
    now = admission._since
    for _ in range(3):
        now += 1
        admission.note(0.3, now, 3)
    assert admission.limit == 2
    assert not admission.admits(2, 1000.0)


def test_a_run_that_was_refused_is_asked_for_again_when_the_pressure_allows() -> None:
    admission, ended, asked = Admission(slots=12, cores=1), threading.Event(), threading.Event()
    admission.refused, admission.limit = 1, 0
    pressure = Pressure(admission, ended, asked.set)
    pressure.start()
    assert not asked.wait(0.3)
    admission.limit = 12
    assert asked.wait(60)
    assert admission.refused == 0
    ended.set()
    pressure.join(60)


def test_one_late_firing_of_many_holds_nothing_back() -> None:
    admission = Admission(slots=4, cores=2)
    now = admission._since
    for late in (0.0, 0.5, 0.0, 0.0):
        now += 0.6
        admission.note(late, now, 4)
    assert admission.limit == 4


@pytest.fixture
def runner(warden: FakeWarden, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    monkeypatch.setattr(conducting.Conductor, "__post_init__", _with_slow_check(conducting.Conductor))
    made = Runner(slots=4)
    made.command_listener.start()
    yield made
    made.close()


def _with_slow_check(conductor):
    original = conductor.__post_init__

    def set_up(self) -> None:
        original(self)
        self._checks = Checks([FINE, RESTS], [])

    return set_up


def late(line: Line) -> None:
    goes(line)
    line.end("finished", lateness=BUSY)


def on_time(line: Line) -> None:
    goes(line)
    line.end("finished")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("valkey")
class TestARunThatCannotBeJudged:
    def test_it_runs_once_more_before_the_learner_is_told(
        self, lab: Lab, learner: User, warden: FakeWarden, runner: Runner
    ) -> None:
        warden.scripts = [late, on_time]
        run = make_run(lab, learner)
        runner.work()
        run.refresh_from_db()
        assert (run.outcome, run.claim, run.alone, run.deaths) == ("failed_checks", 2, True, 0)
        kinds = [event.kind for event in _events(run)]
        assert kinds == [
            *("run-queued", "run-started", "lane-up"),
            *("run-requeued", "run-started", "lane-up", "run-ended"),
        ]
        assert next(e for e in _events(run) if e.kind == "run-requeued").data["alone"] is True

    def test_the_second_time_it_ends_not_judged_with_the_figure(
        self, lab: Lab, learner: User, warden: FakeWarden, runner: Runner
    ) -> None:
        warden.scripts = [late]
        run = make_run(lab, learner)
        runner.work()
        run.refresh_from_db()
        assert (run.outcome, run.claim) == ("not_judged", 2)
        assert _events(run)[-1].data["lateness"] == BUSY

    def test_it_waits_for_an_idle_host_and_holds_the_others_back(self, lab: Lab, learner: User) -> None:
        alone, other = make_run(lab, learner, alone=True), make_run(lab, learner)
        assert Run.objects.claim("here-1", lambda *_: True, is_idle=False) is None
        assert Run.objects.claim("here-1", lambda *_: True).pk == alone.pk
        assert Run.objects.claim("here-1", lambda *_: True).pk == other.pk

    def test_nothing_is_claimed_beside_it(
        self, lab: Lab, learner: User, warden: FakeWarden, runner: Runner
    ) -> None:
        seen = []
        make_run(lab, learner, alone=True)
        make_run(lab, learner)

        def looks(line: Line) -> None:
            seen.append((len(warden.requests), runner.has_room))
            late(line)

        warden.scripts = [looks, on_time]
        runner.work()
        assert seen[0] == (1, False)


def _events(run: Run) -> list[Event]:
    return [Event.from_json(json.loads(line)) for line in run.trace.lines]


def test_the_table_without_scripts_says_how_late_the_machine_was() -> None:
    events = [
        Event(1, 1.0, "driver", Kind.LATENESS, data={"worst": 0.312}),
        Event(2, 2.0, "driver", Kind.LATENESS, data={"worst": 0.01}),
        Event(3, 3.0, "driver", Kind.RUN_ENDED, data={"outcome": "ran", "lateness": BUSY}),
        Event(4, 3.0, "driver", Kind.RUN_ENDED, data={"outcome": "ran", "lateness": "7"}),
    ]
    rows = no_script.rows([json.dumps(event.to_json()) for event in events])
    said = [(str(row["word"]), row["rest"]) for row in rows]
    assert said == [
        ("machine was late", "up to 0.31 s late"),
        ("machine is on time again", ""),
        ("run ended", "outcome ran, up to 0.30 s late"),
        ("run ended", "outcome ran"),
    ]
