"""The questions that quizzes ask, wording by wording."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quizzes.kinds import Kind, Variant, kind_named
from quizzes.models.querysets import QuestionRevisionQuerySet


class QuestionRevision(models.Model):
    """One wording of one question, known by the hash of its text. A revision is never deleted.

    A `QuizRevision` says at which place it asks the question. `definition` belongs to the kind and contains
    the key. `stem`, `hints` and `explanation` are HTML, rendered and sanitised when the content was loaded;
    tokens in them mark where the values of parameters go (quizzes.grammar.variants).
    """

    class Level(models.TextChoices):
        JUNIOR = "junior", _("junior")
        MID = "mid", _("mid")
        SENIOR = "senior", _("senior")

    quiz = models.ForeignKey("Quiz", on_delete=models.PROTECT, related_name="question_revisions")
    question = models.SlugField(max_length=80, help_text=_("The stable id that the author gave."))
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=20)
    level = models.CharField(max_length=8, choices=Level.choices)
    tags = models.JSONField(default=list)
    definition = models.JSONField(default=dict)
    stem = models.TextField()
    hints = models.JSONField(default=list)
    explanation = models.TextField(blank=True)
    source = models.TextField()
    loaded_at = models.DateTimeField(default=timezone.now)

    objects = QuestionRevisionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["quiz", "question", "digest"], name="one_row_per_wording"),
        ]

    def __str__(self) -> str:
        return f"{self.question} ({self.digest[:8]})"

    @property
    def grader(self) -> Kind:
        """The rules of this question's kind."""
        return kind_named(self.kind)

    def variant(self, seed: int) -> Variant:
        """The values of the parameters and the order of the options that this seed gives."""
        return Variant.of(self.definition, seed)
