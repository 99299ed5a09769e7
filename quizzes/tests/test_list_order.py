"""The list of quizzes follows the course."""

from collections.abc import Callable

import pytest

from courseware.models import Lesson, Module
from quizzes.models import Quiz
from quizzes.tests.conftest import KINDS

pytestmark = pytest.mark.db


def test_quizzes_are_in_the_order_of_their_lessons_and_those_without_one_come_last(
    load: Callable[..., Quiz],
) -> None:
    module = Module.objects.create(number=1, slug="m", title="M", summary="s")
    for slug, title in (("third", "A"), ("first", "Z"), ("second", "M"), ("none", "0")):
        load(KINDS, slug)
        Quiz.objects.filter(slug=slug).update(lesson=f"about-{slug}", title=title)
    for number, slug in enumerate(("first", "second", "third"), 1):
        Lesson.objects.create(
            module=module, number=number, slug=f"about-{slug}", title=slug, summary="s", minutes=1
        )
    found = Quiz.objects.filter(slug__in=("first", "second", "third", "none")).in_course_order()
    assert [quiz.slug for quiz in found] == ["first", "second", "third", "none"]
