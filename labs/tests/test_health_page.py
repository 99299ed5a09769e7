"""`/studio/health/`: true, and there when everything else is away."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.tests.people import client_of, make_instructor
from config.celery import app
from labs import tasks
from labs.live import heartbeats
from labs.models import AuditEntry, Lab, Run
from labs.operations.diagnosis import diagnose
from labs.operations.status_snapshot import Waits, percentile, take_snapshot
from labs.tests.factories import make_run
from sandbox.protocol import Force, Outcome, Protection, WardenStatus

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
PAGE = "/studio/health/"
FINE = {
    "namespaces": Protection(Force.FULL, "all, by bubblewrap"),
    "memory": Protection(Force.FULL, "control group, version 2"),
}
WEAK = {
    "memory": Protection(Force.WEAKER, "watched by the warden every 0.2 s"),
    "processor": Protection(Force.WEAKER, "nice 5"),
    "mounts": Protection(Force.OFF, "no private mounts"),
}
WELL = "Runs start and end normally."


@pytest.fixture
def teacher() -> Client:
    return client_of(make_instructor())


def beat(
    runner: str = "here-1",
    protections: dict[str, Protection] | None = None,
    mode: str = "jail",
    why: str = "",
) -> None:
    force = FINE if protections is None else protections
    status = WardenStatus(mode, 3, 4, 1, ("main",), force, why, start="jails are forked")
    heartbeats.send(runner, status, running=1, slots=4)


@pytest.fixture(autouse=True)
def swept(valkey: redis.Redis) -> None:
    tasks.sweep()


def read(client: Client) -> str:
    """The page's words, as one line."""
    answer = client.get(PAGE)
    assert answer.status_code == 200
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", strip_tags(main.replace("<td", " <td").replace("<th", " <th"))).replace(
        "&#x27;", "'"
    )


def test_beat_and_worker_are_known_by_their_sweeps(teacher: Client, valkey: redis.Redis) -> None:
    beat()
    assert "Beat and worker responds sweep the queue" in read(teacher)
    valkey.delete(heartbeats.UPKEEP)
    page = read(teacher)
    assert WELL in page
    assert "Good to know Beat and worker have not swept the queue in the last minute." in page
    assert "Beat and worker no sweep in the last minute" in page


def test_where_all_is_well_it_says_so_and_what_is_in_force(teacher: Client) -> None:
    beat()
    page = read(teacher)
    assert WELL in page
    assert "What is wrong" not in page
    assert "On here" in page
    assert "memory yes control group, version 2" in page
    assert "1 of 4" in page
    assert "3 of 4" in page
    assert "makes jails jails are forked" in page


def test_each_weaker_protection_is_said_for_each_host(teacher: Client) -> None:
    beat()
    beat("there-7", WEAK)
    page = read(teacher)
    assert WELL in page
    assert "Good to know On there 3 protections of the jail are weaker than they could be, or off." in page
    assert "memory watched by the warden every 0.2 s processor nice 5 mounts off: no private mounts" in page
    assert "What is wrong" not in page
    assert "memory weaker watched by the warden every 0.2 s" in page
    assert "processor weaker nice 5" in page
    assert "mounts off no private mounts" in page
    assert page.count("of the jail are weaker") == 1


def test_without_a_runner_it_says_what_happens_to_runs_and_what_to_do(teacher: Client) -> None:
    page = read(teacher)
    assert WELL not in page
    assert "No runner has sent a heartbeat" in page
    assert "Start a runner" in page
    assert "No runner reaches a warden. Without a warden nobody's code runs." in page


def test_a_runner_without_its_warden_is_named(teacher: Client) -> None:
    heartbeats.send("here-1", None, running=0, slots=4)
    page = read(teacher)
    assert "The runner here-1 does not reach its warden, so it claims no runs." in page
    assert "does not respond" in page


def test_a_warden_that_cannot_make_jails_says_why(teacher: Client) -> None:
    beat(protections={}, mode="replay", why="No user namespaces.")
    page = read(teacher)
    assert "only replays recordings. No user namespaces." in page
    assert "On here no jail is made, so nobody's code runs." in page


def test_the_page_stands_while_valkey_and_the_broker_are_away(
    teacher: Client, settings: Any, lab: Lab, learner: User
) -> None:
    make_run(lab, learner).claim_for("here-1")
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    before, app.conf.broker_url = app.conf.broker_url, "redis+socket:///nowhere/valkey.sock"
    app.amqp._producer_pool = None
    try:
        page = read(teacher)
    finally:
        app.conf.broker_url = before
        app.amqp._producer_pool = None
    assert "Valkey does not respond. The state of the runners is unknown" in page
    assert "The broker does not respond. Runs start" in page
    assert "Error" not in page
    assert "could begin at once not known" in page
    assert "Not known: runners report it with their heartbeats" in page
    assert "send no heartbeat now" not in page
    assert "No runner has sent a heartbeat" not in page


def test_the_switches_are_those_of_the_process_and_an_off_is_a_trouble(
    teacher: Client, settings: Any
) -> None:
    beat()
    settings.LABS_ENABLED, settings.LABS_GUEST_RUNS, settings.LABS_QUEUE_LIMIT = False, True, 77
    page = read(teacher)
    assert "New runs are switched off." in page
    assert "new runs may start off LABS_ENABLED" in page
    assert "guests may start runs from a browser on LABS_GUEST_RUNS" in page
    assert "runs of all learners that may wait 77" in page


def said(**settings: Any) -> str:
    return "\n".join(
        trouble.sentence for trouble in diagnose(take_snapshot(), **{"enabled": True, **settings})
    )


def test_a_queue_that_stands_still_beside_an_idle_runner_is_a_trouble(lab: Lab, learner: User) -> None:
    beat()
    make_run(lab, learner, waiting_since=timezone.now() - timedelta(seconds=40))
    assert take_snapshot().queue.oldest > 39
    assert "has waited for 40 s although a runner has room" in said()
    Run.objects.update(waiting_since=timezone.now(), reason="No jail is warm.")
    assert said() == "A warden refused a run that now waits: No jail is warm."


def room(*runners: tuple[str, WardenStatus | None, int]) -> int:
    for name, status, running in runners:
        heartbeats.send(name, status, running=running, slots=4)
    return take_snapshot().room


def warden_of(mode: str = "jail", *, running: int = 0, most: int = 0) -> WardenStatus:
    return WardenStatus(mode, 1, 4, running, ("main",), FINE, "", most)


def test_there_is_room_for_what_runners_have_slots_for() -> None:
    assert room(("here-1", warden_of(), 1), ("there-1", warden_of(), 2), ("off-1", None, 0)) == 5


def test_a_warden_bounds_the_room_of_all_runners_of_its_host() -> None:
    both = warden_of(running=1, most=4)
    assert room(("here-1", both, 1), ("here-2", both, 0), ("there-1", warden_of(running=6, most=4), 0)) == 3


def test_there_is_no_room_where_only_recordings_are_shown(lab: Lab, learner: User) -> None:
    assert room(("here-1", warden_of("replay"), 0)) == 0
    make_run(lab, learner, waiting_since=timezone.now() - timedelta(seconds=40))
    assert "although a runner has room" not in said()


def test_runs_that_nobody_takes_back_and_lost_runs_are_troubles(lab: Lab, learner: User) -> None:
    beat()
    silent, lost = make_run(lab, learner), make_run(lab, learner)
    for run in (silent, lost):
        run.claim_for("here-1")
    lost.end(Outcome.LOST, lines=[])
    Run.objects.filter(pk=silent.pk).update(lease_until=timezone.now() - timedelta(seconds=20))
    assert "1 run has lost its runner" in said()
    assert "1 run was lost in the last hour" in said()


def test_ends_and_waits_are_of_the_last_hour_and_the_last_day(lab: Lab, learner: User) -> None:
    now = timezone.now()
    for age, wait in ((30, 1), (30, 3), (300, 9), (3000, 50)):
        run = make_run(lab, learner, queued_at=now - timedelta(minutes=age))
        run.claim_for("here-1")
        Run.objects.filter(pk=run.pk).update(started_at=run.queued_at + timedelta(seconds=wait))
        run.end(Outcome.RAN, lines=[])
        entries = AuditEntry.objects.filter(run=run.pk)
        super(type(entries), entries).update(at=run.queued_at)
    seen = take_snapshot()
    assert seen.hour == Waits(2, 1.0, 3.0)
    assert seen.day == Waits(3, 3.0, 9.0)
    assert {"outcome": "ran", "hour": 2, "day": 3} in seen.outcomes
    assert [(row["runner"], row["number"]) for row in seen.gone] == [("here-1", 2)]


def test_upkeep_that_does_not_come_is_noticed_by_what_it_left(lab: Lab, learner: User) -> None:
    beat()
    make_run(lab, learner).claim_for("here-1")
    entries = AuditEntry.objects.all()
    super(type(entries), entries).update(at=timezone.now() - timedelta(days=93))
    assert "The nightly upkeep has not run for days" in said()


def test_a_heartbeat_has_an_age(valkey: redis.Redis) -> None:
    beat()
    valkey.pexpire(heartbeats.key_of("here-1"), 5000)
    assert 2.9 < heartbeats.ages(["here-1", "nobody-2"])["here-1"] < 4
    assert "nobody-2" not in heartbeats.ages(["nobody-2"])


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert percentile([], 0.5) is None
    assert percentile([4.0], 0.95) == 4.0
    assert percentile([float(n) for n in range(100, 0, -1)], 0.95) == 95.0


def test_the_page_costs_few_queries_and_those_who_may_see_it_have_a_link(
    teacher: Client, lab: Lab, learner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        page = teacher.get(PAGE)
    assert re.search(rb'href="/studio/health/"\s+aria-current="page">Health of the labs</a>', page.content)
    assert PAGE not in client_of(learner).get("/labs/").content.decode()
