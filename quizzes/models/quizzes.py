"""Quizzes and their revisions: the questions that a quiz asks, their order, and the pass mark."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quizzes.models.append_only import AppendOnly
from quizzes.models.querysets import QuizQuerySet, QuizRevisionQuerySet
from quizzes.models.questions import QuestionRevision
from quizzes.signals import quizzes_changed


class Quiz(models.Model):
    """A quiz and its address. `current` is the revision that a new attempt pins; null until one is published.

    `title` repeats the title of the current revision, so that lists need no join. `lesson` is the slug of the
    lesson that the quiz belongs to, "" for none. `origin` says who may change the quiz: loading the content
    folder touches only quizzes whose origin is a file.
    """

    class Origin(models.TextChoices):
        FILE = "file", _("a file of the content folder")
        STUDIO = "studio", _("the studio")

    slug = models.SlugField(unique=True, max_length=80)
    title = models.CharField(max_length=160)
    lesson = models.SlugField(max_length=80, blank=True)
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.FILE)
    current = models.OneToOneField(
        "QuizRevision", on_delete=models.PROTECT, null=True, blank=True, related_name="current_of"
    )
    is_published = models.BooleanField(default=True)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = QuizQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "quizzes"
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page on which a learner starts or resumes an attempt."""
        return reverse("quizzes:quiz", args=[self.slug])

    def publish(
        self, *, title: str, pass_mark: int, lesson: str, questions: Sequence[QuestionRevision]
    ) -> bool:
        """Make this what the quiz asks from now on; True if that changed anything.

        `pass_mark` is a percentage. Attempts that were begun before keep the revision that they pin.
        """
        with transaction.atomic():
            revision = QuizRevision.objects.keep(self, title, pass_mark, questions)
            wanted: dict[str, Any] = {
                "title": title,
                "lesson": lesson,
                "current_id": revision.pk,
                "is_published": True,
            }
            if all(getattr(self, name) == value for name, value in wanted.items()):
                return False
            for name, value in wanted.items():
                setattr(self, name, value)
            self.updated_at = timezone.now()
            self.save()
            quizzes_changed.send(sender=Quiz, slug=self.slug)
        return True

    def unpublish(self) -> None:
        """Offer the quiz to nobody. Its attempts can still be read and finished."""
        with transaction.atomic():
            self.is_published = False
            self.save(update_fields=["is_published"])
            quizzes_changed.send(sender=Quiz, slug=self.slug)


class QuizRevision(AppendOnly):
    """What a quiz asked at one time: questions' revisions in order, a title and a pass mark (percent).

    `digest` is the hash of all three, so a quiz has one row for each content that it ever had. A revision is
    never changed and never deleted: attempts pin it.
    """

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="revisions")
    digest = models.CharField(max_length=64)
    title = models.CharField(max_length=160)
    pass_mark = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(default=timezone.now)

    objects = QuizRevisionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["quiz", "digest"], name="one_row_per_content"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.digest[:8]})"

    @staticmethod
    def digest_of(title: str, pass_mark: int, questions: Sequence[tuple[str, str]]) -> str:
        """The hash of this content; `questions` are pairs of a question's id and its digest, in order."""
        content = json.dumps([title, pass_mark, [list(pair) for pair in questions]])
        return hashlib.sha256(content.encode()).hexdigest()


class Placement(AppendOnly):
    """A question's revision at a place (1, 2, …) of a quiz's revision."""

    quiz_revision = models.ForeignKey(QuizRevision, on_delete=models.CASCADE, related_name="placements")
    question = models.ForeignKey(QuestionRevision, on_delete=models.PROTECT, related_name="placements")
    place = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["place"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["quiz_revision", "place"], name="one_question_at_a_place"),
        ]

    def __str__(self) -> str:
        return f"{self.place} of {self.quiz_revision_id}"
