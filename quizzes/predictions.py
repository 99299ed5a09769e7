"""A prediction is graded by the learner's own run: the first that ended after it and matches what the question gives."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from labs.models import Run
from labs.signals import run_ended
from quizzes.kinds.predict import conditions
from quizzes.models import Answer


def settle_prediction(answer: Answer) -> bool:
    """Grade a waiting prediction if its run exists; True when it was graded."""
    revision = answer.item.revision
    files, knobs = conditions(revision.definition, answer.item.variant)
    runs = Run.objects.measured(
        answer.item.attempt.learner,
        revision.definition["lab"],
        files=files,
        knobs=knobs,
        after=answer.answered_at,
    )
    for run in runs.only("pk", "measures"):
        measured = run.measures.get(revision.definition["measure"])
        if measured is not None:
            return _settle(answer, {"measured": measured, "run": str(run.pk)})
    return False


def _settle(answer: Answer, evidence: dict[str, Any]) -> bool:
    with transaction.atomic():
        # Two runs may end at once: whoever locks the answer first grades it.
        locked = Answer.objects.select_for_update(of=("self",)).waiting().filter(pk=answer.pk).first()
        if locked is None:
            return False
        answer.settle(evidence)
        answer.item.attempt.reckon()
    return True


@receiver(run_ended, dispatch_uid="quizzes.predictions")
def settle_predictions(run: Run, **_: Any) -> None:
    """A run ended: grade the predictions of its learner that waited for it."""
    for answer in Answer.objects.waiting().predicting(run.learner, run.lab.slug):
        settle_prediction(answer)
