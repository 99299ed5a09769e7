"""Answers and their grades. Both tables are append-only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quizzes.models.append_only import AppendOnly
from quizzes.models.querysets import AnswerQuerySet


class Answer(AppendOnly):
    """A learner's answer to a question. `submission` is the form's id, so that a double click is one row.

    `response` is the kind's (quizzes.kinds.Response); `hints_shown` counts the hints seen before the answer.
    """

    class Confidence(models.IntegerChoices):
        GUESS = 1, _("A guess")
        FAIRLY = 2, _("Fairly sure")
        CERTAIN = 3, _("Certain")

    item = models.OneToOneField("Item", on_delete=models.CASCADE, related_name="answer")
    submission = models.UUIDField(unique=True)
    response = models.JSONField()
    confidence = models.PositiveSmallIntegerField(choices=Confidence.choices, null=True, blank=True)
    hints_shown = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(default=timezone.now)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["answered_at"])]

    def __str__(self) -> str:
        return f"answer to {self.item_id}"

    @property
    def grade(self) -> Grade | None:
        """The grade in force: the last one. Reads the prefetched grades if there are any."""
        return max(self.grades.all(), key=lambda grade: grade.pk, default=None)

    def grade_with(self, evidence: Mapping[str, Any]) -> Grade | None:
        """Grade the answer with this evidence; None, and no grade, if its kind needs other evidence."""
        revision = self.item.revision
        graded = revision.grader.grade(revision.definition, self.item.variant, self.response, evidence)
        if graded is None:
            return None
        return Grade.objects.create(
            answer=self, score=graded.score, marks=graded.marks, evidence=dict(evidence)
        )

    def grade_waiting(self, evidence: Mapping[str, Any]) -> bool:
        """Grade an answer that still waits, and update its attempt's score; False if it was graded before."""
        with transaction.atomic():
            # Two runs may end at once, and two tabs may send marks: whoever locks the attempt first grades.
            self.item.attempt.lock()
            if Grade.objects.filter(answer=self).exists() or self.grade_with(evidence) is None:
                return False
            self.item.attempt.update_score()
        return True


class Grade(AppendOnly):
    """What an answer is worth: `score` 0 to 1, `marks` by option (quizzes.kinds.base.Graded).

    `evidence` is what the grade used besides the answer: `{"measured": 3.0, "run": "<uuid>"}` for a
    prediction, `{"points": [1, 0.5, 0]}` for an answer that the learner marked, `{}` for all other kinds.
    """

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="grades")
    score = models.FloatField()
    marks = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    graded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.score:.2f} for {self.answer_id}"
