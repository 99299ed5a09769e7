"""Merging, forgetting, waking."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.guests.merging import merge
from accounts.models import User
from labs.models import AuditEntry, Lab, Run, RunTrace
from labs.runs.retention import forget_addresses, retain
from labs.runs.sweeping import sweep
from labs.tests.factories import make_run
from sandbox.protocol import Outcome

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


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
    now = timezone.now()
    old, new = (
        make_run(lab, learner, address="abc", queued_at=now - timedelta(minutes=age)) for age in (121, 119)
    )
    for run in (old, new):
        run.end(Outcome.RAN, lines=["{}"])
    sweep()
    known = {old.pk: "", new.pk: "abc"}
    assert dict(Run.objects.values_list("pk", "address")) == known
    assert dict(AuditEntry.objects.values_list("run", "address")) == known


def test_to_forget_addresses_reads_no_more_than_the_indexes_by_address(lab: Lab) -> None:
    with CaptureQueriesContext(connection) as asked:
        forget_addresses(timezone.now())
    with connection.cursor() as cursor:
        explain = "EXPLAIN QUERY PLAN"
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # an empty table is not worth an index
            explain = "EXPLAIN"
        plans = []
        for query in asked.captured_queries:
            cursor.execute(f"{explain} {query['sql']}".replace("%", "%%"))
            plans.append(str(cursor.fetchall()))
    assert len(plans) == 2
    assert "run_by_address" in plans[0]
    assert "audit_by_address" in plans[1]
