"""An operator stops what runs now."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from labs.live import stream
from labs.models import AuditEntry, Lab, Run
from labs.runs.ending import STOPPED_BY_OPERATOR
from labs.runs.sweeping import sweep
from labs.tests.factories import make_run
from sandbox.protocol import Outcome, State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


def cancel_runs(*options: str) -> str:
    said = io.StringIO()
    call_command("cancel_runs", *options, stdout=said)
    return said.getvalue()


def outcomes(*runs: Run) -> list[str]:
    return [Run.objects.get(pk=run.pk).outcome for run in runs]


def test_what_waits_ends_with_the_reason_and_is_in_the_audit_log(lab: Lab, learner: User) -> None:
    runs = [make_run(lab, learner), make_run(lab, User.objects.create_guest())]
    said = cancel_runs()
    assert outcomes(*runs) == ["cancelled", "cancelled"]
    assert set(Run.objects.values_list("reason", flat=True)) == {STOPPED_BY_OPERATOR}
    assert (
        list(AuditEntry.objects.values_list("outcome", "reason")) == [("cancelled", STOPPED_BY_OPERATOR)] * 2
    )
    assert f"{runs[0].pk} {lab.slug}, learner {learner.pk}: ended\n" in said
    assert said.endswith("2 ended in the queue. 0 end as soon as their runners read the request.\n")


def test_the_runner_of_what_runs_is_asked_with_the_reason(lab: Lab, learner: User, valkey: Any) -> None:
    run = make_run(lab, learner)
    run.claim_for("here-1")
    said = cancel_runs()
    assert f"{run.pk} {lab.slug}, learner {learner.pk}: runner here-1 was asked to stop it\n" in said
    ((_, sent),) = valkey.xrange(stream.commands_key(run.pk))
    assert json.loads(sent["message"]) == {"op": "cancel", "reason": STOPPED_BY_OPERATOR}
    assert Run.objects.get().state == State.STARTING


def test_what_a_silent_runner_held_ends_with_the_reason_all_the_same(lab: Lab, learner: User) -> None:
    run = make_run(lab, learner)
    run.claim_for("here-1")
    cancel_runs()
    Run.objects.update(lease_until=run.queued_at)
    sweep()
    assert Run.objects.values_list("outcome", "reason").get() == ("cancelled", STOPPED_BY_OPERATOR)


def test_one_learners_runs_or_one_labs_runs_are_stopped_and_no_others(
    lab: Lab, learner: User, make_user: Callable[..., User]
) -> None:
    adas, bobs = make_run(lab, learner), make_run(lab, make_user("bob"))
    other = Lab.objects.create(slug="another", title="Another")
    elsewhere = make_run(lab, learner)
    Run.objects.filter(pk=elsewhere.pk).update(lab=other)
    cancel_runs("--learner", "Ada@example.org", "--lab", lab.slug)
    assert outcomes(adas, bobs, elsewhere) == ["cancelled", "", ""]
    cancel_runs("--lab", "another")
    assert outcomes(adas, bobs, elsewhere) == ["cancelled", "", "cancelled"]


def test_what_has_ended_is_left_as_it_is(lab: Lab, learner: User) -> None:
    run = make_run(lab, learner)
    run.end(Outcome.RAN, lines=["{}"])
    assert cancel_runs() == "0 ended in the queue. 0 end as soon as their runners read the request.\n"
    assert outcomes(run) == ["ran"]


@pytest.mark.parametrize("option", ["--learner", "--lab"])
def test_a_name_that_nobody_has_stops_nothing(lab: Lab, learner: User, option: str) -> None:
    run = make_run(lab, learner)
    with pytest.raises(CommandError, match="nobody-there"):
        cancel_runs(option, "nobody-there")
    assert outcomes(run) == [""]
