"""Signals of quizzes and labs become progress in lessons."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from courseware.models import Lesson, LessonProgress
from labs.signals import lab_passed
from quizzes.signals import quiz_passed


@receiver(quiz_passed, dispatch_uid="courseware.progress.quiz")
def complete_lessons_of_quiz(learner: User, slug: str, **_: Any) -> None:
    """A passed quiz completes each lesson that names it."""
    for lesson in Lesson.objects.published().without_texts().filter(quiz=slug):
        LessonProgress.objects.begin(learner, lesson).pass_quiz()


@receiver(lab_passed, dispatch_uid="courseware.progress.lab")
def note_lab_in_lessons(learner: User, slug: str, **_: Any) -> None:
    """A passed lab is recorded in each lesson that names it."""
    for lesson in Lesson.objects.published().without_texts().filter(lab=slug):
        LessonProgress.objects.begin(learner, lesson).pass_lab()
