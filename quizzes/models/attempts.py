"""What was answered: attempts, their items, drafts, answers and grades.

An attempt pins wordings and seeds, so editing a live question corrupts no earlier answer.
`Answer` and `Grade` are append-only; `Draft` is what is being typed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quizzes.kinds import Response, Variant
from quizzes.models.questions import QuestionRevision, Quiz
from quizzes.querysets import AnswerQuerySet, AttemptQuerySet, DraftQuerySet, ItemQuerySet
from quizzes.signals import quiz_passed


class SubmissionReused(ValueError):
    """A form's id was used before, for another question."""


class Attempt(models.Model):
    """One learner's go at a quiz, or at one question of it inside a lesson (`question` is then its id).

    `number` counts a learner's attempts at the same thing; with the unique constraint it makes a double click one attempt.
    `score` is in percent of all questions; an answer that waits for its grade counts nothing until it comes.
    """

    class Mode(models.TextChoices):
        ONE_AT_A_TIME = "one", _("one at a time")
        ALL_AT_ONCE = "all", _("all at once")
        QUICK = "quick", _("inside a lesson")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attempts")
    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="attempts")
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
            models.UniqueConstraint(fields=["learner", "quiz", "question", "number"], name="one_attempt_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.quiz_id} #{self.number} of {self.learner_id}"

    def get_absolute_url(self) -> str:
        """Where it is taken, resumed and read again."""
        return reverse("quizzes:attempt", args=[self.pk])

    @property
    def feedback_at_once(self) -> bool:
        """Whether an answer is followed by its feedback before the others are answered."""
        return self.mode != self.Mode.ALL_AT_ONCE

    @property
    def is_open(self) -> bool:
        """Whether it still takes answers."""
        return self.finished_at is None

    def record(
        self, question: Item, response: Response, submission: uuid.UUID, confidence: int | None = None
    ) -> Answer:
        """Keep one answer and grade it if its kind can; return the answer in force.

        A question takes one answer: a second submission, from a double click or from another tab, gives back the first.
        Raises SubmissionReused when the form's id belongs to another question.
        """
        with transaction.atomic():
            try:
                with transaction.atomic():
                    answer = Answer.objects.create(
                        item=question,
                        submission=submission,
                        response=response,
                        confidence=confidence,
                        hints_shown=question.hints_shown,
                    )
            except IntegrityError:
                earlier = Answer.objects.filter(item=question).first()
                if earlier is None:
                    raise SubmissionReused(submission) from None
                return earlier
            Draft.objects.filter(item=question).delete()
            answer.settle({})
            if not self.items.unanswered().exists():
                self.hand_in()
        return answer

    def hand_in(self) -> None:
        """Take no more answers; what is unanswered counts nothing. Doing it twice changes nothing."""
        with transaction.atomic():
            now = timezone.now()
            Attempt.objects.filter(pk=self.pk, finished_at=None).update(finished_at=now)
            self.reckon()

    def reckon(self) -> None:
        """Work out the score of a finished attempt from the grades in force; the first pass is told to the other rooms."""
        self.refresh_from_db(fields=["finished_at", "passed_at"])
        if self.finished_at is None:
            return
        items = list(self.items.with_record())
        earned = [grade.score for item in items if (grade := item.grade)]
        self.score = round(100 * sum(earned) / len(items), 2)
        Attempt.objects.filter(pk=self.pk).update(score=self.score)
        if self.question or self.score < self.quiz.pass_mark:
            return
        now = timezone.now()
        if Attempt.objects.filter(pk=self.pk, passed_at=None).update(passed_at=now):
            self.passed_at = now
            quiz_passed.send(sender=Attempt, learner=self.learner, slug=self.quiz.slug, attempt=self)


class Item(models.Model):
    """One question of one attempt: the wording and the seed that hold for it, and how many hints were asked for."""

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
    def given(self) -> Answer | None:
        """The answer, if there is one; no query after `with_record`."""
        return getattr(self, "answer", None)

    @property
    def grade(self) -> Grade | None:
        """The grade in force, if there is one; no query after `with_record`."""
        return self.given.grade if self.given else None

    def show_hint(self) -> None:
        """One more hint may be seen; never more than there are."""
        Item.objects.filter(pk=self.pk, hints_shown__lt=len(self.revision.hints)).update(
            hints_shown=models.F("hints_shown") + 1
        )
        self.refresh_from_db(fields=["hints_shown"])


class Draft(models.Model):
    """What is being typed: the form's fields as they stand. `version` grows by one with each save."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="draft")
    fields = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(default=timezone.now)

    objects = DraftQuerySet.as_manager()

    def __str__(self) -> str:
        return f"draft {self.version} of {self.item_id}"


class AppendOnly(models.Model):
    """A row that is written once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; a second save is a mistake in the program."""
        if not self._state.adding:
            message = f"{type(self).__name__} is append-only"
            raise TypeError(message)
        super().save(*args, **kwargs)


class Answer(AppendOnly):
    """What a learner answered. `submission` is the form's own id, so that a double click is one row."""

    class Confidence(models.IntegerChoices):
        GUESS = 1, _("A guess")
        FAIRLY = 2, _("Fairly sure")
        CERTAIN = 3, _("Certain")

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="answer")
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
        """The grade in force: the last one. Reads the prefetched grades when there are any."""
        return max(self.grades.all(), key=lambda grade: grade.pk, default=None)

    def settle(self, evidence: Mapping[str, Any]) -> Grade | None:
        """Grade the answer with this evidence, or leave it waiting if its kind needs more."""
        revision = self.item.revision
        graded = revision.grader.grade(revision.definition, self.item.variant, self.response, evidence)
        if graded is None:
            return None
        return Grade.objects.create(answer=self, score=graded.score, marks=graded.marks, evidence=dict(evidence))


class Grade(AppendOnly):
    """What an answer is worth: `score` 0 to 1, `marks` by option (quizzes.kinds.base.Graded).

    `evidence` says what it rests on beside the answer: `{"measured": 3.0, "run": "<uuid>"}` for a prediction,
    `{"points": [1, 0.5, 0]}` for an answer that the learner marked. Empty when the answer was enough.
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
