"""The reads of the answering room, as verbs."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models, transaction
from django.db.models import Count, F, Max, Prefetch, Q
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import User
    from quizzes.models import Answer, Attempt, Draft, Item, QuestionRevision, Quiz  # noqa: F401 - named in texts

KEPT_OUT_OF_LISTS = ("definition", "stem", "hints", "explanation", "source")


class QuizQuerySet(models.QuerySet["Quiz"]):
    def published(self) -> Self:
        """What the content folder held when it was last loaded."""
        return self.filter(is_published=True)

    def with_counts(self, learner: User | None) -> Self:
        """Annotate `questions` (how many are asked now), `best` (percent or None) and `passed` (a time or None)."""
        now = Count("revisions", filter=Q(revisions__place__isnull=False), distinct=True)
        if learner is None:
            nothing = models.Value(None, models.FloatField(null=True))
            return self.annotate(questions=now, best=nothing, passed=nothing)
        mine = Q(attempts__learner=learner, attempts__question="")
        return self.annotate(
            questions=now,
            best=Max("attempts__score", filter=mine & Q(attempts__finished_at__isnull=False)),
            passed=Max("attempts__passed_at", filter=mine),
        )


class RevisionQuerySet(models.QuerySet["QuestionRevision"]):
    def current(self) -> Self:
        """What the published quizzes ask now, in order."""
        return self.filter(place__isnull=False, quiz__is_published=True).order_by("place")

    def listed(self) -> Self:
        """Without the texts, which are large."""
        return self.defer(*KEPT_OUT_OF_LISTS)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def of(self, learner: User | None) -> Self:
        """This learner's; nobody's when there is no learner."""
        return self.none() if learner is None else self.filter(learner=learner)

    def whole(self) -> Self:
        """At a whole quiz; quick checks inside lessons are attempts too."""
        return self.filter(question="")

    def quick(self) -> Self:
        """At one question inside a lesson."""
        return self.exclude(question="")

    def open(self) -> Self:
        """Not handed in yet."""
        return self.filter(finished_at=None)

    def begin(self, learner: User, quiz: Quiz, mode: str, number: int) -> Attempt:
        """The learner's attempt of that number at the whole quiz, made if it is the next one; pins what is asked now.

        Raises LookupError when the quiz asks nothing.
        """
        revisions = list(quiz.revisions.current().listed())
        if not revisions:
            raise LookupError(quiz.slug)
        pinned = [(revision, secrets.randbits(31)) for revision in revisions]
        return self._begin(pinned, learner=learner, quiz=quiz, question="", mode=mode, number=number)

    def begin_quick(self, learner: User, revision: QuestionRevision, number: int) -> Attempt:
        """The learner's attempt of that number at one question inside a lesson."""
        pinned = [(revision, quick_seed(revision.digest, number))]
        found = {"learner": learner, "quiz": revision.quiz, "question": revision.question}
        return self._begin(pinned, mode="quick", number=number, **found)

    def _begin(self, pinned: list[tuple[QuestionRevision, int]], *, mode: str, number: int, **found: Any) -> Attempt:
        with transaction.atomic():
            latest = self.filter(**found).aggregate(latest=Max("number"))["latest"] or 0
            number = max(1, min(number, latest + 1))
            attempt, made = self.get_or_create(**found, number=number, defaults={"mode": mode})
            if made:
                item = apps.get_model("quizzes", "Item")
                rows = [
                    item(attempt=attempt, place=place, revision=revision, seed=seed)
                    for place, (revision, seed) in enumerate(pinned, 1)
                ]
                item.objects.bulk_create(rows)
        return attempt


def quick_seed(digest: str, number: int) -> int:
    """The seed of a quick check: the same for everybody, so that a page needs no row to show the question."""
    return int.from_bytes(hashlib.sha256(f"{digest}/{number}".encode()).digest()[:4], "big") >> 1


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
        """Still to be answered."""
        return self.filter(answer=None)


class DraftQuerySet(models.QuerySet["Draft"]):
    def keep(self, item: Item, fields: dict[str, list[str]], version: int) -> tuple[Draft, bool]:
        """Save what is being typed over the version that the page knows; return the draft in force and whether it is ours.

        When another tab has saved meanwhile, its draft comes back with False, unless both say the same.
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
        """Answers that nobody has graded yet, oldest first."""
        return self.filter(grades=None).order_by("answered_at")

    def predicting(self, learner: User, lab: str) -> Self:
        """A learner's predictions about runs of a lab."""
        return self.filter(
            item__attempt__learner=learner, item__revision__kind="predict", item__revision__definition__lab=lab
        ).select_related("item__revision", "item__attempt__quiz", "item__attempt__learner")
