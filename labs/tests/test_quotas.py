"""Quotas hold however many presses of the button arrive in one moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from labs.models import Lab, Run
from labs.runs.refusals import TooManyRuns
from labs.runs.starting import queue_run
from labs.runs.submission import Submission

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]

LEARNERS = 8


def press(lab: Lab, learner: User, address: str) -> bool:
    """The button; False when there are too many."""
    try:
        queue_run(lab, learner, Submission(files={}, knobs={}), address=address)
    except TooManyRuns:
        return False
    return True


def press_at_once(lab: Lab, learners: list[User], addresses: list[str]) -> int:
    """All in one moment; how many runs were started."""
    together = Barrier(len(learners))

    def one(learner: User, address: str) -> bool:
        try:
            together.wait(timeout=60)
            return press(lab, learner, address)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(learners)) as threads:
        started = sum(threads.map(one, learners, addresses))
    assert Run.objects.count() == started
    return started


def guests(number: int) -> list[User]:
    return [User.objects.create_guest() for _ in range(number)]


@pytest.mark.parametrize("quota", ["LABS_RUNS_PER_HOUR_PER_ADDRESS", "LABS_QUEUE_LIMIT"])
def test_learners_of_one_network_who_start_at_once_share_its_quota(
    lab: Lab, make_user: Callable[..., User], settings: Any, quota: str
) -> None:
    setattr(settings, quota, 2)
    learners = [make_user(f"learner-{number}") for number in range(LEARNERS)]
    assert press_at_once(lab, learners, ["one-network"] * LEARNERS) == 2


def test_guests_of_many_networks_leave_half_of_the_queue_to_people_with_accounts(
    lab: Lab, learner: User, settings: Any
) -> None:
    settings.LABS_QUEUE_LIMIT = 6
    assert press_at_once(lab, guests(LEARNERS), [f"network-{number}" for number in range(LEARNERS)]) == 3
    assert press(lab, learner, "network-0")


def test_guests_of_one_network_leave_the_other_guests_their_part_of_the_queue(
    lab: Lab, settings: Any
) -> None:
    settings.LABS_QUEUE_LIMIT = 12
    assert press_at_once(lab, guests(LEARNERS), ["one-network"] * LEARNERS) == 3
    (other,) = guests(1)
    assert press(lab, other, "another-network")


def test_one_guest_may_have_as_many_runs_as_anybody_however_short_the_queue_is(
    lab: Lab, settings: Any
) -> None:
    settings.LABS_QUEUE_LIMIT = 4
    (guest,) = guests(1)
    assert [press(lab, guest, "one-network") for _ in range(3)] == [True, True, False]


def test_only_what_waits_counts_against_guests(lab: Lab, settings: Any) -> None:
    settings.LABS_QUEUE_LIMIT = 4
    for guest in guests(4):
        assert press(lab, guest, "one-network")
        assert Run.objects.claim("runner-1", lambda slug, digest: True)


def test_guests_whose_address_is_not_known_are_not_of_one_network(lab: Lab, settings: Any) -> None:
    settings.LABS_QUEUE_LIMIT = 8
    assert [press(lab, guest, "") for guest in guests(5)] == [True] * 4 + [False]


def test_a_class_with_accounts_behind_one_address_starts_its_runs_together(
    lab: Lab, make_user: Callable[..., User]
) -> None:
    pupils = [make_user(f"pupil-{number}") for number in range(60)]
    assert all(press(lab, pupil, "school") for pupil in pupils for _ in range(2))
