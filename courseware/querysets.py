"""The reads of the course, as verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.db.models import F, FilteredRelation, Prefetch, Q, Value

if TYPE_CHECKING:
    from accounts.models import User
    from courseware.models import Lesson, LessonProgress

PROGRESS_FIELDS = ("section", "position", "furthest", "visited_at", "lab_passed_at", "end_reached_at", "completed_at")
"""What `with_progress` annotates, each under its name with `my_` before it."""

WHOLE_TEXT = ("parts", "toc", "sections", "source")


class PublishedQuerySet(models.QuerySet[Any]):
    """Of things that leave the site by being unpublished."""

    def published(self) -> Self:
        """What the content folder held when it was last loaded."""
        return self.filter(is_published=True)


class ModuleQuerySet(PublishedQuerySet):
    def with_lessons(self, learner: User | None) -> Self:
        """Each module with `.published_lessons`, a list of lessons without their text, with progress; two queries."""
        lessons = apps.get_model("courseware", "Lesson").objects.published().listed().with_progress(learner)
        return self.prefetch_related(Prefetch("lessons", queryset=lessons, to_attr="published_lessons"))


class LessonQuerySet(PublishedQuerySet):
    def listed(self) -> Self:
        """Without the texts, which are large."""
        return self.defer(*WHOLE_TEXT)

    def with_progress(self, learner: User | None) -> Self:
        """Annotate `my_<field>` for each of PROGRESS_FIELDS: this learner's, or None; no further query."""
        if learner is None:
            return self.annotate(**{f"my_{name}": Value(None, models.CharField()) for name in PROGRESS_FIELDS})
        mine = FilteredRelation("progress", condition=Q(progress__learner=learner))
        return self.annotate(mine=mine, **{f"my_{name}": F(f"mine__{name}") for name in PROGRESS_FIELDS})

    def neighbours(self, number: int) -> tuple[Lesson | None, Lesson | None]:
        """The lessons before and after that number, without their texts; one query."""
        before = self.filter(number__lt=number).order_by("-number").values("pk")[:1]
        after = self.filter(number__gt=number).order_by("number").values("pk")[:1]
        found = list(self.listed().filter(Q(pk__in=before) | Q(pk__in=after)).order_by("number"))
        return (
            next((lesson for lesson in found if lesson.number < number), None),
            next((lesson for lesson in found if lesson.number > number), None),
        )

    def counts(self, learner: User | None) -> tuple[int, int]:
        """How many of these lessons this learner has done, and how many there are; one query."""
        done = Q(progress__learner=learner, progress__completed_at__isnull=False) if learner else Q(pk__in=[])
        row = self.aggregate(
            there=models.Count("pk", distinct=True), done=models.Count("pk", filter=done, distinct=True)
        )
        return row["done"], row["there"]

    def resume(self, learner: User | None) -> Lesson | None:
        """Where to go on: the lesson read last if it is not done, else the first that is not done, else None."""
        lessons = self.published().listed().with_progress(learner).filter(my_completed_at=None)
        begun = None if learner is None else lessons.exclude(my_visited_at=None).order_by("-my_visited_at").first()
        return begun or lessons.order_by("number").first()


class ProgressQuerySet(models.QuerySet["LessonProgress"]):
    def begin(self, learner: User, lesson: Lesson) -> LessonProgress:
        """This learner's progress in the lesson, made at the first visit."""
        return self.select_related("lesson").get_or_create(learner=learner, lesson=lesson)[0]
