"""Merging, forgetting, waking."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.merging import merge
from accounts.models import User
from labs.models import Lab, Run, RunTrace
from labs.retention import retain
from labs.tests.factories import make_run
from sandbox.protocol import Outcome

pytestmark = pytest.mark.django_db


def test_a_guests_runs_go_to_the_user_even_when_both_used_the_same_key(lab: Lab, learner: User) -> None:
    guest = User.objects.create_guest()
    theirs = make_run(lab, guest, idempotency_key="k1")
    mine = make_run(lab, learner, idempotency_key="k1")
    merge(guest, learner)
    assert set(Run.objects.of(learner)) == {theirs, mine}


def test_old_traces_are_forgotten_and_their_runs_stay(lab: Lab, learner: User) -> None:
    old, new = make_run(lab, learner), make_run(lab, learner)
    for run in (old, new):
        run.end(Outcome.RAN, lines=["{}"])
    Run.objects.filter(pk=old.pk).update(ended_at=timezone.now() - timedelta(days=91))
    assert retain()[0] == 1
    assert list(RunTrace.objects.values_list("run", flat=True)) == [new.pk]
    assert Run.objects.count() == 2


def test_addresses_are_forgotten_when_quotas_need_them_no_more(lab: Lab, learner: User) -> None:
    old = make_run(lab, learner, address="abc", queued_at=timezone.now() - timedelta(hours=3))
    new = make_run(lab, learner, address="abc")
    retain()
    assert Run.objects.get(pk=old.pk).address == ""
    assert Run.objects.get(pk=new.pk).address == "abc"
