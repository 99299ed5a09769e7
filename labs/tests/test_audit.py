"""The audit log of runs: nothing is missed, nothing is changed, and it outlives what it tells of."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from accounts.guests.merging import merge
from accounts.models import User
from accounts.tests.people import client_of, make_staff
from labs.models import AuditEntry, Lab, Run, RunTrace
from labs.models.audit import AppendOnly, digest_of
from labs.runs.ending import LOST, cancel, requeue_or_end
from labs.runs.retention import retain
from labs.runs.sweeping import GIVEN_UP, sweep
from labs.tests.api_calls import start, with_csrf
from labs.tests.factories import make_run
from sandbox.protocol import Outcome, State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
KILL = (
    '{"seq": 2, "t": 3.2, "lane": "worker-1", "kind": "command", '
    '"data": {"action": "kill", "target": "worker-1", "by": "%s"}}'
)
ADMIN = "/admin/labs/auditentry/"


def told(run: Run) -> list[tuple[str, str, str]]:
    """(what, outcome, runner) of each entry, oldest first."""
    return list(AuditEntry.objects.filter(run=run.pk).order_by("pk").values_list("what", "outcome", "runner"))


def export(*arguments: str) -> str:
    out = io.StringIO()
    call_command("audit_runs", *arguments, stdout=out)
    return out.getvalue()


def test_a_run_is_told_at_its_claim_and_at_its_end(lab: Lab, learner: User) -> None:
    run = make_run(lab, learner, files={"tasks.py": "x = 1"}, address="abc")
    assert told(run) == []
    run.claim_for("here-1")
    run.end(Outcome.OVER_LIMIT, "Too much memory.", lines=[KILL % "driver", KILL % "learner"])
    assert told(run) == [("claimed", "", "here-1"), ("ended", "over_limit", "here-1")]
    entry = AuditEntry.objects.get(what="ended")
    assert (entry.learner, entry.is_guest, entry.via, entry.address) == (learner.pk, False, "browser", "abc")
    assert (entry.lab, entry.revision, entry.reason) == (lab.slug, lab.current.digest, "Too much memory.")
    assert entry.commands == [{"t": 3.2, "action": "kill", "target": "worker-1"}]
    assert entry.files == digest_of({"tasks.py": "x = 1"})
    assert entry.seconds is not None


def test_a_run_cancelled_in_the_queue_is_told_without_a_runner(lab: Lab, learner: User) -> None:
    run = make_run(lab, learner)
    assert cancel(run)
    assert told(run) == [("ended", "cancelled", "")]
    assert AuditEntry.objects.get().seconds is None


def test_a_run_that_nobody_took_is_told_with_the_sentence_of_the_warden_that_refused_it(
    lab: Lab, learner: User
) -> None:
    run = make_run(
        lab, learner, waiting_since=timezone.now() - timedelta(minutes=16), reason="No jail can be made."
    )
    sweep()
    assert told(run) == [("ended", "cancelled", "")]
    assert AuditEntry.objects.get().reason == f"{GIVEN_UP} No jail can be made."


def test_each_attempt_of_a_lost_run_is_told(lab: Lab, learner: User) -> None:
    run = make_run(lab, learner)
    for runner in ("here-1", "there-2"):
        assert run.claim_for(runner)
        requeue_or_end(run, died=True)
    assert told(run) == [("claimed", "", "here-1"), ("claimed", "", "there-2"), ("ended", "lost", "there-2")]
    assert AuditEntry.objects.get(what="ended").reason == LOST


def test_a_claim_that_cannot_be_told_is_no_claim(
    lab: Lab, learner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise DatabaseError

    run = make_run(lab, learner)
    with monkeypatch.context() as patched:
        patched.setattr(AuditEntry.objects, "note", broken)
        with pytest.raises(DatabaseError):
            run.claim_for("here-1")
    run.refresh_from_db()
    assert run.state == State.QUEUED


def test_who_was_not_first_tells_nothing(lab: Lab, learner: User) -> None:
    run = make_run(lab, learner)
    rival = Run.objects.get(pk=run.pk)
    run.claim_for("here-1")
    assert not rival.claim_for("there-2")
    run.end(Outcome.RAN, lines=[])
    assert not rival.end(Outcome.LOST, lines=[])
    assert told(run) == [("claimed", "", "here-1"), ("ended", "ran", "here-1")]


def test_the_log_outlives_the_account_and_tells_what_was_deleted_while_it_ran(
    lab: Lab, learner: User
) -> None:
    ended, running, number = make_run(lab, learner), make_run(lab, learner), learner.pk
    for run in (ended, running):
        run.claim_for("here-1")
    ended.end(Outcome.RAN, lines=[])
    learner.delete()
    assert not Run.objects.exists()
    assert told(running) == [("claimed", "", "here-1"), ("deleted", "", "here-1")]
    assert told(ended) == [("claimed", "", "here-1"), ("ended", "ran", "here-1")]
    assert set(AuditEntry.objects.values_list("learner", flat=True)) == {number}
    assert "ada@" not in export("--format", "jsonl")


def test_a_guest_who_logs_in_while_the_run_lasts_is_told_as_who_it_was_and_who_it_is(
    lab: Lab, learner: User
) -> None:
    guest = User.objects.create_guest()
    number = guest.pk
    run = make_run(lab, guest)
    run.claim_for("here-1")
    merge(guest, learner)
    run.end(Outcome.RAN, lines=[])
    assert list(AuditEntry.objects.order_by("pk").values_list("learner", "is_guest")) == [
        (number, True),
        (learner.pk, False),
    ]


def test_it_is_told_whether_a_browser_or_a_token_asked(
    lab: Lab, script: Client, browser: Client, learner: User
) -> None:
    start(script)
    browser.force_login(learner)
    start(browser, **with_csrf(browser))
    assert sorted(Run.objects.values_list("via", flat=True)) == ["browser", "token"]


def test_no_entry_is_ever_changed_or_deleted_but_by_age(lab: Lab, learner: User) -> None:
    make_run(lab, learner).claim_for("here-1")
    entry = AuditEntry.objects.get()
    for attempt in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(lab="x"),
    ):
        with pytest.raises(AppendOnly):
            attempt()


def test_entries_are_forgotten_in_their_time(lab: Lab, learner: User, settings: Any) -> None:
    settings.LABS_AUDIT_DAYS = 7
    make_run(lab, learner).claim_for("here-1")
    assert retain().entries == 0
    settings.LABS_AUDIT_DAYS = 0
    assert retain().entries == 1
    assert Run.objects.count() == 1
    assert not RunTrace.objects.exists()


def test_the_log_is_exported_as_json_lines_of_a_span_of_time(lab: Lab, learner: User) -> None:
    run = make_run(lab, learner)
    run.claim_for("here-1")
    run.end(Outcome.RAN, lines=[KILL % "learner"])
    first, last = (json.loads(line) for line in export("--format", "jsonl").splitlines())
    assert (first["what"], first["run"]) == ("claimed", str(run.pk))
    assert last["commands"] == [{"t": 3.2, "action": "kill", "target": "worker-1"}]
    assert export("--format", "jsonl", "--until", "1h") == ""
    assert export("--since", "2999-01-01").splitlines() == [",".join(first)]
    with pytest.raises(CommandError, match="yesterday"):
        export("--since", "yesterday")


def test_no_cell_of_the_csv_is_a_formula(lab: Lab, learner: User) -> None:
    run = make_run(lab, learner)
    run.claim_for("@here")
    run.end(Outcome.ERROR, '=HYPERLINK("https://example.org")\nand more', lines=[KILL % "learner"])
    (_, row) = csv.DictReader(io.StringIO(export("--since", "1h")))
    assert row["reason"] == '\'=HYPERLINK("https://example.org")\nand more'
    assert row["runner"] == "'@here"
    assert row["commands"] == "kill worker-1 at 3.2 s"
    assert row["is_guest"] == "False"


@pytest.mark.parametrize("term", ["run", "learner", "email", "lab"])
def test_staff_finds_entries_and_can_neither_add_nor_change_any(
    lab: Lab, learner: User, make_user: Callable[..., User], term: str
) -> None:
    run, other = make_run(lab, learner), make_run(lab, make_user("bob"))
    run.claim_for("here-1")
    Lab.objects.filter(pk=lab.pk).update(slug="another")
    other.claim_for("here-1")
    staff = client_of(make_staff())
    words = {
        "run": str(run.pk),
        "learner": str(learner.pk),
        "email": "Ada@example.org",
        "lab": "visibility-timeout",
    }
    found = staff.get(ADMIN, {"q": words[term]})
    assert [entry.run for entry in found.context["cl"].result_list] == [run.pk]
    entry = AuditEntry.objects.get(run=run.pk)
    assert staff.get(f"{ADMIN}{entry.pk}/change/").status_code == 200
    assert staff.post(f"{ADMIN}{entry.pk}/change/", {"lab": "x"}).status_code == 403
    assert staff.post(f"{ADMIN}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get(f"{ADMIN}add/").status_code == 403
