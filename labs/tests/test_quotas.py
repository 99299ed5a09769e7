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
from labs.quotas import TooMany
from labs.starting import start
from labs.submission import Submission

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]

LEARNERS = 8


@pytest.mark.parametrize("quota", ["LABS_RUNS_PER_HOUR_PER_ADDRESS", "LABS_QUEUE_LIMIT"])
def test_learners_of_one_network_who_start_at_once_share_its_quota(
    lab: Lab, make_user: Callable[..., User], settings: Any, quota: str
) -> None:
    setattr(settings, quota, 2)
    learners = [make_user(f"learner-{number}") for number in range(LEARNERS)]
    together = Barrier(LEARNERS)

    def press(learner: User) -> bool:
        try:
            together.wait(timeout=10)
            start(lab, learner, Submission(files={}, knobs={}), address="one-network")
        except TooMany:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(LEARNERS) as threads:
        assert sum(threads.map(press, learners)) == 2
    assert Run.objects.count() == 2
