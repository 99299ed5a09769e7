"""Press the button: a row in the queue, and afterwards a word to the runners."""

from __future__ import annotations

from functools import partial

from django.db import IntegrityError, transaction

from accounts.models import User
from labs import quotas
from labs.models import Lab, Run
from labs.models.run import Via
from labs.submission import Submission
from labs.waking import announce


def start(
    lab: Lab,
    learner: User,
    submission: Submission,
    *,
    key: str | None = None,
    address: str = "",
    via: Via = Via.BROWSER,
) -> Run:
    """Write a queued run and wake a runner after the commit; the same `key` again is the same run.

    Raises `quotas.TooMany`. When the broker cannot be reached the run stands all the same, and the sweeper wakes a runner.
    """
    if key and (earlier := _earlier(lab, learner, key)):
        return earlier
    try:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=learner.pk)  # two clicks at once are counted one after the other
            quotas.check(learner, address)
            run: Run = Run.objects.create(
                learner=learner,
                lab=lab,
                revision=lab.current,
                files=submission.files,
                knobs=submission.knobs,
                prediction=submission.prediction,
                idempotency_key=key,
                address=address,
                via=via,
            )
            transaction.on_commit(partial(announce, run.pk, run.attempt), robust=True)
    except (IntegrityError, quotas.TooMany):
        if key and (earlier := _earlier(lab, learner, key)):
            return earlier  # the other click was first
        raise
    return run


def _earlier(lab: Lab, learner: User, key: str) -> Run | None:
    run: Run | None = Run.objects.filter(lab=lab, learner=learner, idempotency_key=key).first()
    return run
