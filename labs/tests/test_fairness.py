"""Nobody takes all the runners: the order of the queue, and what counts as one address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import User
from accounts.network_address import address_hash
from labs.models import Lab, Run
from labs.tests.factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def moments() -> Iterator[datetime]:
    """Times at which runs are queued, one after the other."""
    begin = timezone.now() - timedelta(minutes=5)
    return (begin + timedelta(seconds=second) for second in range(100))


def claims() -> list[Run]:
    """Every queued run in the order in which a runner gets them."""
    return list(iter(lambda: Run.objects.claim("runner-1", lambda slug, digest: True), None))


def test_learners_take_turns_however_many_runs_one_of_them_queued(
    lab: Lab, moments: Iterator[datetime], make_user: Callable[..., User]
) -> None:
    ada, bob, eve = (make_user(name) for name in ("ada", "bob", "eve"))
    many = [make_run(lab, ada, queued_at=next(moments)) for _ in range(4)]
    bobs = [make_run(lab, bob, queued_at=next(moments)) for _ in range(2)]
    eves = make_run(lab, eve, queued_at=next(moments))
    assert claims() == [many[0], bobs[0], eves, many[1], bobs[1], many[2], many[3]]


def test_what_a_learner_has_running_counts_against_the_next(
    lab: Lab, moments: Iterator[datetime], make_user: Callable[..., User]
) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    assert make_run(lab, ada, queued_at=next(moments)).claim_for("runner-1")
    waits = make_run(lab, ada, queued_at=next(moments))
    bobs = [make_run(lab, bob, queued_at=next(moments)) for _ in range(2)]
    assert claims() == [bobs[0], waits, bobs[1]]


def test_the_position_that_is_shown_is_the_turn_in_which_a_run_is_claimed(
    lab: Lab, moments: Iterator[datetime], make_user: Callable[..., User]
) -> None:
    ada, bob, eve = (make_user(name) for name in ("ada", "bob", "eve"))
    assert make_run(lab, bob, queued_at=next(moments)).claim_for("runner-1")
    for learner in (ada, ada, bob, ada, eve, bob, eve):
        make_run(lab, learner, queued_at=next(moments))
    shown = {Run.objects.position(run): run for run in Run.objects.queued()}
    assert claims() == [shown[place] for place in range(1, 8)]


def test_a_run_that_came_back_is_before_the_later_runs_of_its_learner(
    lab: Lab, learner: User, moments: Iterator[datetime]
) -> None:
    back, later = (make_run(lab, learner, queued_at=next(moments)) for _ in range(2))
    assert back.claim_for("runner-1")
    assert back.requeue(died=True)
    assert claims() == [back, later]


def test_many_guests_of_one_address_take_turns_with_everybody_else(
    lab: Lab, learner: User, moments: Iterator[datetime]
) -> None:
    crowd = [
        make_run(lab, User.objects.create_guest(), address="one", queued_at=next(moments)) for _ in range(4)
    ]
    guest = make_run(lab, User.objects.create_guest(), address="other", queued_at=next(moments))
    ada = make_run(lab, learner, address="one", queued_at=next(moments))
    assert claims() == [crowd[0], guest, ada, *crowd[1:]]


def test_people_with_accounts_are_not_held_back_by_others_of_their_address(
    lab: Lab, moments: Iterator[datetime], make_user: Callable[..., User]
) -> None:
    school = [make_run(lab, make_user(f"p{n}"), address="school", queued_at=next(moments)) for n in range(3)]
    home = make_run(lab, make_user("home"), address="home", queued_at=next(moments))
    assert claims() == [*school, home]


def test_addresses_that_are_not_known_are_not_one_address(lab: Lab, moments: Iterator[datetime]) -> None:
    runs = [make_run(lab, User.objects.create_guest(), queued_at=next(moments)) for _ in range(3)]
    other = make_run(lab, User.objects.create_guest(), address="one", queued_at=next(moments))
    assert claims() == [*runs, other]


def counted_as(address: str) -> str:
    return address_hash(RequestFactory().get("/", REMOTE_ADDR=address))


def test_a_network_of_ipv6_counts_as_one_address_and_another_as_another() -> None:
    assert counted_as("2001:db8:1:2::1") == counted_as("2001:db8:1:2:ffff::7")
    assert counted_as("2001:db8:1:2::1") != counted_as("2001:db8:1:3::1")
    assert counted_as("::ffff:192.0.2.7") == counted_as("192.0.2.7") != counted_as("192.0.2.8")
    assert counted_as("unix:") != counted_as("")
