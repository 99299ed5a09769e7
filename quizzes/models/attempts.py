"""Attempts, their questions, and drafts of answers.

An attempt pins a quiz's revision, and each of its items pins a wording and a seed. So a change of the quiz
changes no attempt that was begun before.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quizzes.kinds import Response, Variant
from quizzes.models.answers import Answer, Grade
from quizzes.models.querysets import AttemptQuerySet, DraftQuerySet, ItemQuerySet
from quizzes.models.questions import QuestionRevision
from quizzes.models.quizzes import Quiz, QuizRevision
from quizzes.signals import quiz_passed


def whole_percent(score: float) -> int:
    """The score as every page shows it and as it is judged: in whole percent, half a percent rounded up."""
    # round() takes 66.5 to 66, and the templates' floatformat takes it to 67.
    return int(Decimal(str(score)).quantize(Decimal(1), ROUND_HALF_UP))


class SubmissionReused(ValueError):
    """The form's id was used before, for another question."""


class AttemptFinished(ValueError):
    """The attempt was handed in, so it takes no more answers."""


class Attempt(models.Model):
    """One learner's try at a quiz, or at one question of a quiz inside a lesson (`question` is then its id).

    `number` counts a learner's attempts at the same thing; with the unique constraint it makes a double click
    one attempt. `revision` is the quiz's revision that the attempt pins; an attempt at a single question has
    none. `score` is in percent of all questions; an answer without a grade counts nothing until it is graded.
    """

    class Mode(models.TextChoices):
        ONE_AT_A_TIME = "one", _("one at a time")
        ALL_AT_ONCE = "all", _("all at once")
        QUICK = "quick", _("inside a lesson")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attempts")
    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="attempts")
    revision = models.ForeignKey(
        QuizRevision, on_delete=models.PROTECT, null=True, blank=True, related_name="attempts"
    )
    question = models.SlugField(max_length=80, blank=True)
    number = models.PositiveIntegerField(default=1)
    mode = models.CharField(max_length=8, choices=Mode.choices)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    passed_at = models.DateTimeField(null=True, blank=True)
    score = models.FloatField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["learner", "quiz", "question", "number"], name="one_attempt_per_number"
            ),
            models.CheckConstraint(
                condition=models.Q(question="", revision__isnull=False)
                | (~models.Q(question="") & models.Q(revision__isnull=True)),
                name="attempt_pins_a_revision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quiz_id} #{self.number} of {self.learner_id}"

    def get_absolute_url(self) -> str:
        """The page on which the learner answers, resumes and later reads the attempt."""
        return reverse("quizzes:attempt", args=[self.pk])

    @property
    def feedback_at_once(self) -> bool:
        """Whether the learner sees the feedback on an answer before answering the other questions."""
        return self.mode != self.Mode.ALL_AT_ONCE

    @property
    def share(self) -> int:
        """The score in whole percent; 0 before the hand-in."""
        return whole_percent(self.score or 0)

    @property
    def is_open(self) -> bool:
        """Whether the attempt still takes answers."""
        return self.finished_at is None

    def answered_among(self, items: Iterable[Item]) -> int:
        """How many of its questions are answered. Where all are handed in together, a saved answer is one."""
        counts_saved = self.is_open and not self.feedback_at_once
        return sum(item.is_answered or (counts_saved and item.saved is not None) for item in items)

    def counts(self) -> tuple[int, int]:
        """How many of its questions are answered, and how many there are; one query."""
        if self.feedback_at_once:
            return self.items.counts()
        items = list(self.items.select_related("revision", "draft", "answer"))
        return self.answered_among(items), len(items)

    def lock(self) -> None:
        """Lock the row until the transaction ends, and read it again."""
        # SQLite has no row locks: its transactions begin IMMEDIATE, which locks the whole database.
        fields = ("finished_at", "passed_at", "score")
        locked = Attempt.objects.select_for_update().only(*fields).get(pk=self.pk)
        for name in fields:
            setattr(self, name, getattr(locked, name))

    def record(
        self, item: Item, response: Response, submission: uuid.UUID, confidence: int | None = None
    ) -> Answer:
        """Store one answer, grade it if its kind can, and return the answer in force.

        A question takes one answer: a second submission, from a double click or another tab, returns the
        first answer. Raises AttemptFinished after the hand-in, and SubmissionReused if the form's id belongs
        to another question.
        """
        with transaction.atomic():
            # Without the lock another tab could hand in between the check and the insert.
            self.lock()
            earlier = Answer.objects.filter(item=item).first()
            if earlier is not None:
                return earlier
            if not self.is_open:
                raise AttemptFinished(self.pk)
            try:
                with transaction.atomic():
                    answer = Answer.objects.create(
                        item=item,
                        submission=submission,
                        response=response,
                        confidence=confidence,
                        hints_shown=item.hints_shown,
                    )
            except IntegrityError:
                raise SubmissionReused(submission) from None
            Draft.objects.filter(item=item).delete()
            answer.grade_with({})
            if not self.items.unanswered().exists():
                self.hand_in()
        return answer

    def hand_in(self) -> None:
        """Take no more answers; an unanswered question counts nothing. A second call changes nothing."""
        with transaction.atomic():
            self.lock()
            if self.is_open:
                self.finished_at = timezone.now()
                self.save(update_fields=["finished_at"])
            self.update_score()

    def update_score(self) -> None:
        """Compute the score of a finished attempt from the grades in force, and note the first pass.

        `quiz_passed` is sent after the commit: a receiver that fails cannot undo the answer.
        """
        with transaction.atomic():
            self.lock()
            if self.finished_at is None:
                return
            items = list(self.items.with_record())
            earned = [grade.score for item in items if (grade := item.grade)]
            self.score = round(100 * sum(earned) / len(items), 2)
            if self.revision and self.passed_at is None and self.share >= self.revision.pass_mark:
                self.passed_at = timezone.now()
                transaction.on_commit(self._announce_pass, robust=True)
            self.save(update_fields=["score", "passed_at"])

    def _announce_pass(self) -> None:
        quiz_passed.send_robust(sender=Attempt, learner=self.learner, slug=self.quiz.slug, attempt=self)


class Item(models.Model):
    """One question of one attempt: its wording, its seed, and how many of its hints the learner has seen."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="items")
    place = models.PositiveSmallIntegerField()
    revision = models.ForeignKey(QuestionRevision, on_delete=models.PROTECT, related_name="items")
    seed = models.PositiveBigIntegerField()
    hints_shown = models.PositiveSmallIntegerField(default=0)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["place"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["attempt", "place"], name="one_item_per_place"),
        ]

    def __str__(self) -> str:
        return f"{self.place} of {self.attempt_id}"

    @property
    def variant(self) -> Variant:
        """The values and the order that this learner sees."""
        return self.revision.variant(self.seed)

    @property
    def answer_or_none(self) -> Answer | None:
        """The recorded answer, if there is one; no query after `with_record`."""
        return getattr(self, "answer", None)

    @property
    def is_answered(self) -> bool:
        """Whether an answer is recorded; no query after `with_record`."""
        return self.answer_or_none is not None

    def is_answered_by(self, fields: Mapping[str, list[str]]) -> bool:
        """Whether these fields of the question's form hold an answer, readable or not."""
        return self.revision.grader.is_answered(self.revision.definition, self.variant, fields)

    @property
    def saved(self) -> Draft | None:
        """The draft, if it holds an answer and none is recorded; no query after `with_record`."""
        draft: Draft | None = getattr(self, "draft", None)
        return draft if draft and not self.is_answered and self.is_answered_by(draft.fields) else None

    @property
    def grade(self) -> Grade | None:
        """The grade in force, if there is one; no query after `with_record`."""
        return self.answer_or_none.grade if self.answer_or_none else None

    def show_hint(self) -> None:
        """Count one more hint as seen, up to the number of hints that the question has."""
        Item.objects.filter(pk=self.pk, hints_shown__lt=len(self.revision.hints)).update(
            hints_shown=models.F("hints_shown") + 1
        )
        self.refresh_from_db(fields=["hints_shown"])


class Draft(models.Model):
    """The fields of a form that is being filled in. `version` grows by one with each save."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="draft")
    fields = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(default=timezone.now)

    objects = DraftQuerySet.as_manager()

    def __str__(self) -> str:
        return f"draft {self.version} of {self.item_id}"
