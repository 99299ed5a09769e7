"""What is asked: quizzes and the wordings of their questions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quizzes.kinds import Kind, Variant, kind_named
from quizzes.querysets import QuizQuerySet, RevisionQuerySet


class Quiz(models.Model):
    """A quiz as it was last loaded. `pass_mark` is a percentage; `lesson` the slug of the lesson it belongs to."""

    slug = models.SlugField(unique=True, max_length=80)
    title = models.CharField(max_length=160)
    lesson = models.SlugField(max_length=80, blank=True)
    pass_mark = models.PositiveSmallIntegerField(default=70)
    is_published = models.BooleanField(default=True)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = QuizQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "quizzes"
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where one starts or resumes it."""
        return reverse("quizzes:quiz", args=[self.slug])


class QuestionRevision(models.Model):
    """One wording of one question, known by the hash of its text. A revision is never deleted.

    `place` is its number in the quiz (1, 2, …) while it is current, else null. `definition` belongs to the kind and holds
    the key. `stem`, `hints` and `explanation` are HTML, rendered and sanitised when the content was loaded, in which the
    values of parameters stand as tokens (quizzes.kinds.variants).
    """

    class Level(models.TextChoices):
        JUNIOR = "junior", _("junior")
        MID = "mid", _("mid")
        SENIOR = "senior", _("senior")

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="revisions")
    question = models.SlugField(max_length=80, help_text=_("The stable id that the author gave."))
    digest = models.CharField(max_length=64)
    place = models.PositiveSmallIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=20)
    level = models.CharField(max_length=8, choices=Level.choices)
    tags = models.JSONField(default=list)
    definition = models.JSONField(default=dict)
    stem = models.TextField()
    hints = models.JSONField(default=list)
    explanation = models.TextField(blank=True)
    source = models.TextField()
    loaded_at = models.DateTimeField(default=timezone.now)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["quiz", "question", "digest"], name="one_row_per_wording"),
            models.UniqueConstraint(
                fields=["quiz", "place"], condition=models.Q(place__isnull=False), name="one_question_per_place"
            ),
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
