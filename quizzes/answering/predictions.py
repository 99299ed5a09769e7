"""Predictions are graded by the learner's own run: the first that ended after the prediction and matches the
conditions of the question.
"""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from labs.models import Run
from labs.signals import run_ended
from quizzes.kinds.graded_later.predict import conditions
from quizzes.models import Answer


def grade_prediction(answer: Answer) -> bool:
    """Grade a waiting prediction if its run exists; True if it was graded."""
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
            return answer.grade_waiting({"measured": measured, "run": str(run.pk)})
    return False


@receiver(run_ended, dispatch_uid="quizzes.predictions")
def grade_predictions(run: Run, **_: Any) -> None:
    """Grade the predictions of the run's learner that waited for this run."""
    for answer in Answer.objects.waiting().predicting(run.learner, run.lab.slug):
        grade_prediction(answer)
