"""Where one is in the course."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.people import make_learner
from courseware.course_map import CourseMap
from courseware.lab_cards import lab_cards
from courseware.models import LessonProgress
from courseware.tests.pages import make_course, make_lab, make_run

pytestmark = pytest.mark.django_db


def test_a_new_visitor_starts_at_the_first_lesson() -> None:
    lessons = make_course()
    course = CourseMap.read(None)
    assert course.here is not None
    assert course.here.lesson == lessons[0]
    assert not course.begun
    assert (course.done, course.total, course.percent) == (0, 4, 0)


def test_one_goes_on_with_the_unfinished_lesson_read_last() -> None:
    learner, lessons = make_learner(), make_course()
    for lesson, ago in ((lessons[1], 2), (lessons[2], 1), (lessons[3], 3)):
        LessonProgress.objects.begin(learner, lesson)
        LessonProgress.objects.filter(lesson=lesson).update(visited_at=timezone.now() - timedelta(days=ago))
    LessonProgress.objects.get(lesson=lessons[2]).pass_quiz()
    course = CourseMap.read(learner)
    assert course.here is not None
    assert course.here.lesson == lessons[2 - 1]
    assert [stop.state for stop in course.stops] == ["next", "now", "done", "next"]


def test_a_finished_course_has_no_place_to_go_on() -> None:
    learner = make_learner()
    for lesson in make_course():
        LessonProgress.objects.begin(learner, lesson).pass_quiz()
    course = CourseMap.read(learner)
    assert course.here is None
    assert course.percent == 100
    assert course.neighbours() == (None, None)
    assert course.labs_in_hand() == []


def test_percent_is_100_only_when_all_is_done() -> None:
    learner, lessons = make_learner(), make_course() + make_course()
    for lesson in lessons[:-1]:
        LessonProgress.objects.begin(learner, lesson).pass_quiz()
    assert CourseMap.read(learner).percent == 87


def test_minutes_left_follow_the_furthest_point() -> None:
    learner, lessons = make_learner(), make_course()
    LessonProgress.objects.begin(learner, lessons[0]).reach("why", 700)
    LessonProgress.objects.get().reach("", 0)
    course = CourseMap.read(learner)
    assert course.here is not None
    assert (course.here.minutes_left, course.here.percent_read) == (3, 70)


def test_a_lab_counts_the_run_that_passed_over_later_ones() -> None:
    learner, lab = make_learner(), make_lab("bench", ("One", "Two"))
    now = timezone.now()
    make_run(learner, lab, passed=2, ended_at=now - timedelta(hours=2))
    make_run(learner, lab, passed=1, ended_at=now)
    card = lab_cards(learner)["bench"]
    assert card.is_done
    assert (card.passed, card.of, card.pips) == (2, 2, [True, True])


def test_a_lab_counts_the_last_run_while_none_passed() -> None:
    learner, lab = make_learner(), make_lab("bench", ("One", "Two", "Three"))
    now = timezone.now()
    make_run(learner, lab, passed=2, ended_at=now - timedelta(hours=2))
    make_run(learner, lab, passed=1, ended_at=now)
    make_run(learner, lab, passed=0, ended_at=now, outcome="cancelled")
    make_run(make_learner(), lab, passed=3, ended_at=now)
    assert lab_cards(learner)["bench"].passed == 1
    assert not lab_cards(None)["bench"].tried
