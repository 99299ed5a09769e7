"""The reads of the course, as verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User
    from courseware.models import Lesson, LessonProgress

TEXTS = ("parts", "sections", "source")


class PublishedQuerySet(models.QuerySet[Any]):
    """Rows that are unpublished when they leave the content folder, never deleted."""

    def published(self) -> Self:
        """Rows that the content folder contained when it was last loaded."""
        return self.filter(is_published=True)


class LessonQuerySet(PublishedQuerySet):
    def without_texts(self) -> Self:
        """Rows without the columns of their texts, which are large."""
        return self.defer(*TEXTS)


class ProgressQuerySet(models.QuerySet["LessonProgress"]):
    def begin(self, learner: User, lesson: Lesson) -> LessonProgress:
        """This learner's progress in the lesson, made at the first visit."""
        return self.select_related("lesson").get_or_create(learner=learner, lesson=lesson)[0]
