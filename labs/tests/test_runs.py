from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from labs.models import Lab, Run
from labs.models.run import LEASE
from labs.runs.ending import STOPPED
from labs.tests.factories import make_run
from sandbox.protocol import Outcome, State

pytestmark = pytest.mark.django_db


def anything(slug: str, digest: str) -> bool:
    return True


def claimed(lab: Lab, learner: User, **fields: object) -> Run:
    run = make_run(lab, learner, **fields)
    assert run.claim_for("runner-1")
    return run


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def test_the_oldest_run_is_claimed_first(lab: Lab, learner: User) -> None:
    now = timezone.now()
    make_run(lab, learner, queued_at=now)
    older = make_run(lab, learner, queued_at=now - timedelta(seconds=5))
    found = Run.objects.claim("runner-1", anything)
    assert found == older
    assert fresh(older).state == State.STARTING


def test_a_learner_with_nothing_running_goes_before_one_with_a_run(
    lab: Lab, learner: User, make_user: Callable[..., User]
) -> None:
    claimed(lab, learner)
    make_run(lab, learner, queued_at=timezone.now() - timedelta(minutes=1))
    patient = make_run(lab, make_user("bob"))
    assert Run.objects.claim("runner-1", anything) == patient


def test_nothing_queued_is_nothing_claimed(lab: Lab) -> None:
    assert Run.objects.claim("runner-1", anything) is None


def test_a_run_is_claimed_by_one_runner_only(lab: Lab, learner: User) -> None:
    run = make_run(lab, learner)
    rival = fresh(run)
    assert run.claim_for("runner-1")
    assert not rival.claim_for("runner-2")
    assert fresh(run).runner == "runner-1"


def test_a_runner_with_another_revision_leaves_the_run_in_the_queue(lab: Lab, learner: User) -> None:
    run = make_run(lab, learner)
    assert Run.objects.claim("runner-1", lambda slug, digest: False) is None
    assert fresh(run).state == State.QUEUED


def test_a_requeued_run_keeps_its_place_and_counts_its_attempts(lab: Lab, learner: User) -> None:
    run = claimed(lab, learner)
    before = fresh(run).queued_at
    assert run.requeue(died=True)
    after = fresh(run)
    assert (after.state, after.claim, after.deaths, after.queued_at) == (State.QUEUED, 2, 1, before)


def test_the_second_death_does_not_go_back_to_the_queue(lab: Lab, learner: User) -> None:
    run = claimed(lab, learner)
    run.requeue(died=True)
    run.claim_for("runner-2")
    assert not run.requeue(died=True)


def test_a_hand_back_is_no_death(lab: Lab, learner: User) -> None:
    run = claimed(lab, learner)
    for _ in range(3):
        assert run.requeue(died=False)
        assert run.claim_for("runner-2")
    assert fresh(run).deaths == 0


def test_what_an_earlier_holder_writes_is_lost(lab: Lab, learner: User) -> None:
    run = claimed(lab, learner)
    before = fresh(run)
    run.requeue(died=True)
    run.claim_for("runner-2")
    assert not before.end(Outcome.PASSED, lines=[])
    assert not before.requeue(died=True)
    assert fresh(run).state == State.STARTING


def test_a_run_ends_once(lab: Lab, learner: User) -> None:
    run = claimed(lab, learner)
    assert run.end(Outcome.RAN, lines=['{"seq": 1}'])
    assert not fresh(run).end(Outcome.LOST, lines=[])
    assert fresh(run).outcome == Outcome.RAN


def test_the_whole_trace_is_kept_with_the_end(lab: Lab, learner: User) -> None:
    run = claimed(lab, learner)
    run.end(Outcome.RAN, lines=['{"seq": 1}', '{"seq": 2, "data": {"text": "ü\\n"}}'])
    kept = fresh(run)
    assert kept.event_count == 2
    assert kept.trace.lines == ['{"seq": 1}', '{"seq": 2, "data": {"text": "ü\\n"}}']


def test_only_an_ended_run_has_an_outcome(lab: Lab, learner: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_run(lab, learner, outcome=Outcome.PASSED)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_run(lab, learner, state=State.ENDED)


def test_a_run_that_its_owner_wants_cancelled_is_neither_claimed_nor_requeued(
    lab: Lab, learner: User
) -> None:
    run = claimed(lab, learner)
    assert run.ask_cancel(STOPPED)
    assert not run.requeue(died=True)
    waiting = make_run(lab, learner)
    waiting.ask_cancel(STOPPED)
    assert Run.objects.claim("runner-1", anything) is None


def test_renewing_tells_what_is_still_held_and_what_is_to_be_cancelled(lab: Lab, learner: User) -> None:
    held, cancelled, taken = (claimed(lab, learner) for _ in range(3))
    cancelled.ask_cancel(STOPPED)
    mine = [(run.pk, run.claim) for run in (held, cancelled, taken)]
    taken.requeue(died=True)
    assert Run.objects.renew(mine, LEASE) == ({held.pk, cancelled.pk}, {cancelled.pk: STOPPED})


@pytest.mark.django_db(transaction=True)
def test_the_end_is_told_after_the_commit_with_its_outcome(lab: Lab, learner: User) -> None:
    from labs.signals import lab_passed, run_ended  # only this test listens

    told: list[object] = []

    def ended(run: Run, **_: object) -> None:
        told.append(("ended", run.outcome))

    def passed(learner: User, slug: str, **_: object) -> None:
        told.append(("passed", learner, slug))

    run_ended.connect(ended)
    lab_passed.connect(passed)
    try:
        with transaction.atomic():
            claimed(lab, learner).end(Outcome.PASSED, lines=[])
            assert told == []
        told_within = list(told)
        claimed(lab, learner).end(Outcome.PASSED, lines=[])  # no transaction around it, as in the runner
    finally:
        run_ended.disconnect(ended)
        lab_passed.disconnect(passed)
    both = [("ended", "passed"), ("passed", learner, lab.slug)]
    assert (told_within, told) == (both, both * 2)


def test_a_prediction_is_graded_by_runs_that_match_what_was_given(lab: Lab, learner: User) -> None:
    def ended(**fields: object) -> Run:
        run = claimed(lab, learner, **fields)
        run.end(Outcome.FAILED_CHECKS, lines=[])
        return run

    changed = ended(files={"tasks.py": "pass"})
    starter = ended(knobs={"pages": 9})
    other = ended(knobs={"pages": 13})
    broken = claimed(lab, learner)
    broken.end(Outcome.ERROR, lines=[])

    def found(**given: object) -> list[Run]:
        return list(Run.objects.measured(learner, lab.slug, **given))

    assert found(files="starter", knobs={"pages": 9}) == [starter]
    assert found() == [changed, starter, other]
    assert found(after=starter.queued_at) == [other]
