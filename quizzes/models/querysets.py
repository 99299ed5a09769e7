"""Querysets: the reads that pages need, and the writes that concern more than one row."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Count, F, Max, OuterRef, Prefetch, Q, Subquery
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import User
    from quizzes.models import (  # noqa: F401 - the classes below name them in strings
        Answer,
        Attempt,
        Draft,
        Item,
        QuestionRevision,
        Quiz,
        QuizRevision,
    )

MOST_OPEN = 3
"""Attempts at one quiz that a learner may have open. Another click goes on with the latest of them."""
MOST_A_DAY = 40
"""Attempts at one quiz, or at one question of a lesson, that a learner may begin within 24 hours."""
LARGE_FIELDS = ("definition", "stem", "hints", "explanation", "source")


class TooManyAttempts(Exception):
    """The learner may begin no other attempt now; `instead` is the one to go on with."""

    def __init__(self, instead: Attempt) -> None:
        super().__init__(instead.pk)
        self.instead = instead


class QuizQuerySet(models.QuerySet["Quiz"]):
    def published(self) -> Self:
        """Quizzes that learners may start."""
        return self.filter(is_published=True)

    def in_course_order(self) -> Self:
        """By the lesson that each belongs to; quizzes without a lesson come last, by title."""
        # Lessons are tables of the course, which knows this app; importing them here would be a circle.
        lessons = apps.get_model("courseware", "Lesson").objects.filter(slug=OuterRef("lesson"))
        number = Subquery(lessons.filter(is_published=True).values("number")[:1])
        return self.annotate(lesson_number=number).order_by(F("lesson_number").asc(nulls_last=True), "title")

    def with_counts(self, learner: User | None) -> Self:
        """Annotate `questions` (how many the current revision asks), `best` (percent or None), `passed`
        (a time or None) and `under_way` (the id of the latest attempt that is not handed in, or None).
        """
        asked = Count("current__placements", distinct=True)
        if learner is None:
            nothing = models.Value(None, models.FloatField(null=True))
            return self.annotate(questions=asked, best=nothing, passed=nothing, under_way=nothing)
        mine = Q(attempts__learner=learner, attempts__question="")
        attempts = apps.get_model("quizzes", "Attempt").objects
        unfinished = attempts.filter(quiz=OuterRef("pk"), learner=learner, question="", finished_at=None)
        return self.annotate(
            questions=asked,
            best=Max("attempts__score", filter=mine & Q(attempts__finished_at__isnull=False)),
            passed=Max("attempts__passed_at", filter=mine),
            under_way=Subquery(unfinished.order_by("-number").values("pk")[:1]),
        )


class QuizRevisionQuerySet(models.QuerySet["QuizRevision"]):
    def keep(
        self, quiz: Quiz, title: str, pass_mark: int, questions: Sequence[QuestionRevision]
    ) -> QuizRevision:
        """The quiz's revision with this content, made if the quiz never had it before."""
        digest = self.model.digest_of(
            title, pass_mark, [(question.question, question.digest) for question in questions]
        )
        with transaction.atomic():
            revision, made = self.get_or_create(
                quiz=quiz, digest=digest, defaults={"title": title, "pass_mark": pass_mark}
            )
            if made:
                placement = apps.get_model("quizzes", "Placement")
                placement.objects.bulk_create(
                    placement(quiz_revision=revision, question=question, place=place)
                    for place, question in enumerate(questions, 1)
                )
        return revision


class QuestionRevisionQuerySet(models.QuerySet["QuestionRevision"]):
    def current(self) -> Self:
        """What the published quizzes ask now, each quiz's questions in order."""
        # A question may be at other places of older revisions: the order uses the same join as the filter.
        return self.filter(placements__quiz_revision__current_of__is_published=True).order_by(
            "placements__place"
        )

    def listed(self) -> Self:
        """Without the large fields."""
        return self.defer(*LARGE_FIELDS)

    def keep_wording(
        self, quiz: Quiz, question: str, digest: str, derived: Mapping[str, Any]
    ) -> tuple[QuestionRevision, bool]:
        """The row of this wording, and whether it was made or changed.

        `derived` are the fields that the program derives from the text. They are brought up to date, so that
        a better renderer reaches the attempts that pin this wording.
        """
        row, made = self.get_or_create(quiz=quiz, question=question, digest=digest, defaults=derived)
        if made or all(getattr(row, name) == value for name, value in derived.items()):
            return row, made
        for name, value in derived.items():
            setattr(row, name, value)
        row.save(update_fields=list(derived))
        return row, True


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def of(self, learner: User | None) -> Self:
        """This learner's attempts; none if there is no learner."""
        return self.none() if learner is None else self.filter(learner=learner)

    def whole(self) -> Self:
        """Attempts at a whole quiz; quick checks inside lessons are attempts too."""
        return self.filter(question="")

    def quick(self) -> Self:
        """Attempts at one question inside a lesson."""
        return self.exclude(question="")

    def open(self) -> Self:
        """Attempts that are not handed in yet."""
        return self.filter(finished_at=None)

    def begin(self, learner: User, quiz: Quiz, mode: str, number: int) -> Attempt:
        """The learner's attempt of that number at the whole quiz, made if it is the next one.

        A new attempt pins the revision that the quiz has now. Raises LookupError if the quiz asks nothing,
        and TooManyAttempts.
        """
        revisions = apps.get_model("quizzes", "QuizRevision").objects
        revision = revisions.filter(current_of=quiz.pk, current_of__is_published=True).first()
        questions = revision.placements.values_list("question_id", flat=True) if revision else []
        seeded = [(question, secrets.randbits(31)) for question in questions]
        if not seeded:
            raise LookupError(quiz.slug)
        defaults = {"mode": mode, "revision": revision}
        return self._begin(seeded, number, defaults, learner=learner, quiz=quiz, question="")

    def begin_quick(self, learner: User, question: QuestionRevision, number: int) -> Attempt:
        """The learner's attempt of that number at one question inside a lesson, or the one to go on with."""
        seeded = [(question.pk, quick_seed(question.digest, number))]
        found = {"learner": learner, "quiz": question.quiz, "question": question.question}
        try:
            return self._begin(seeded, number, {"mode": "quick"}, **found)
        except TooManyAttempts as enough:
            return enough.instead

    def _begin(
        self,
        seeded: list[tuple[int, int]],
        number: int,
        defaults: dict[str, Any],
        **found: Any,
    ) -> Attempt:
        with transaction.atomic():
            # Of two requests at once, one waits here, so that it counts the other's attempt.
            get_user_model().objects.select_for_update().get(pk=found["learner"].pk)
            latest = self.filter(**found).order_by("-number").first()
            number = max(1, min(number, (latest.number if latest else 0) + 1))
            if latest and number > latest.number and (instead := self._instead_of_another(found)):
                raise TooManyAttempts(instead)
            attempt, made = self.get_or_create(**found, number=number, defaults=defaults)
            if made:
                item = apps.get_model("quizzes", "Item")
                rows = [
                    item(attempt=attempt, place=place, revision_id=question, seed=seed)
                    for place, (question, seed) in enumerate(seeded, 1)
                ]
                item.objects.bulk_create(rows)
        return attempt

    def _instead_of_another(self, found: dict[str, Any]) -> Attempt | None:
        """The attempt to go on with, where the learner has as many open ones as allowed, or has begun too
        many today; None if another one may begin.
        """
        mine = self.filter(**found).order_by("-number")
        unfinished = mine.open()
        if unfinished.count() >= MOST_OPEN:
            return unfinished.first()
        a_day_ago = timezone.now() - timedelta(days=1)
        return mine.first() if mine.filter(started_at__gt=a_day_ago).count() >= MOST_A_DAY else None


def quick_seed(digest: str, number: int) -> int:
    """The seed of a quick check: the same for everybody, so that a page needs no row to show the question."""
    first_bytes = hashlib.sha256(f"{digest}/{number}".encode()).digest()[:4]
    return int.from_bytes(first_bytes, "big") >> 1  # 31 bits: a seed is a signed number in the database


class ItemQuerySet(models.QuerySet["Item"]):
    def with_record(self) -> Self:
        """Each with its revision, draft, answer and grades, oldest grade first; two queries."""
        grades = Prefetch("answer__grades")
        return self.select_related("revision", "draft", "answer").prefetch_related(grades)

    def counts(self) -> tuple[int, int]:
        """How many of these questions are answered, and how many there are; one query."""
        row = self.aggregate(there=Count("pk"), answered=Count("answer"))
        return row["answered"], row["there"]

    def unanswered(self) -> Self:
        """Items without an answer."""
        return self.filter(answer=None)


class DraftQuerySet(models.QuerySet["Draft"]):
    def keep(self, item: Item, fields: dict[str, list[str]], version: int) -> tuple[Draft, bool]:
        """Save the fields over the version that the page knows; return the draft in force and whether it
        holds these fields.

        If another tab has saved meanwhile, its draft is returned with False, unless both hold the same.
        """
        with transaction.atomic():
            draft, made = self.get_or_create(item=item, defaults={"fields": fields, "version": 1})
            if made:
                return draft, True
            changed = self.filter(pk=draft.pk, version=version).update(
                fields=fields, version=F("version") + 1, saved_at=timezone.now()
            )
            draft.refresh_from_db()
        return draft, bool(changed) or draft.fields == fields


class AnswerQuerySet(models.QuerySet["Answer"]):
    def waiting(self) -> Self:
        """Answers without a grade, oldest first."""
        return self.filter(grades=None).order_by("answered_at")

    def predicting(self, learner: User, lab: str) -> Self:
        """A learner's predictions about runs of a lab."""
        return self.filter(
            item__attempt__learner=learner,
            item__revision__kind="predict",
            item__revision__definition__lab=lab,
        ).select_related(
            "item__revision", "item__attempt__quiz", "item__attempt__revision", "item__attempt__learner"
        )
