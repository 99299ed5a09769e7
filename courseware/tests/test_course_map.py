"""Where one is in the course."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.people import client_of, make_learner
from authoring.content_version import renew_version
from courseware.models import Lesson, LessonProgress
from courseware.reading.course_map import CourseMap
from courseware.reading.going_on import newest_open
from courseware.reading.lab_cards import LabCard
from courseware.tests import small_course
from courseware.tests.pages import make_attempt, make_course, make_lab, make_run
from labs.models import Lab

pytestmark = pytest.mark.django_db


def bench_of(learner: User | None) -> LabCard:
    return CourseMap.read(learner).lab_cards(["bench"])["bench"]


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
    card = bench_of(learner)
    assert card.is_done
    assert (card.passed, card.of, card.pips) == (2, 2, [True, True])


def test_a_lab_counts_the_last_run_while_none_passed() -> None:
    learner, lab = make_learner(), make_lab("bench", ("One", "Two", "Three"))
    now = timezone.now()
    make_run(learner, lab, passed=2, ended_at=now - timedelta(hours=2))
    make_run(learner, lab, passed=1, ended_at=now)
    make_run(learner, lab, passed=0, ended_at=now, outcome="cancelled")
    make_run(make_learner(), lab, passed=3, ended_at=now)
    assert bench_of(learner).passed == 1
    assert not bench_of(None).tried


def went_on(learner: User) -> str:
    """The kind of the thing that the home page offers first; "lesson" if nothing is newer than the lesson."""
    course = CourseMap.read(learner)
    course.add_results()
    newest = newest_open(learner, course)
    return newest.kind if newest else "lesson"


def read(learner: User, lesson: Lesson, ago: timedelta) -> None:
    LessonProgress.objects.begin(learner, lesson)
    LessonProgress.objects.filter(lesson=lesson).update(visited_at=timezone.now() - ago)


HOUR = timedelta(hours=1)


def test_the_thing_used_last_is_offered_first() -> None:
    learner, lessons = make_learner(), make_course()
    lab = make_lab("other")
    assert went_on(learner) == "lesson"
    read(learner, lessons[0], 3 * HOUR)
    assert went_on(learner) == "lesson"
    make_run(learner, lab, 0, queued_at=timezone.now() - 2 * HOUR)
    assert went_on(learner) == "lab"
    attempt = make_attempt(learner, lessons[0].quiz, None)
    assert went_on(learner) == "quiz"
    attempt.started_at = timezone.now() - 4 * HOUR
    attempt.save()
    assert went_on(learner) == "lab"
    read(learner, lessons[0], HOUR)
    assert went_on(learner) == "lesson"


def test_a_live_run_is_offered_itself_and_a_passed_lab_and_a_finished_quiz_are_not() -> None:
    learner, lessons = make_learner(), make_course()
    course = CourseMap.read(learner)
    lab = Lab.objects.get(slug=lessons[0].lab)
    run = make_run(learner, lab, 0, state="running", outcome="")
    newest = newest_open(learner, course)
    assert newest is not None
    assert (newest.kind, newest.url) == ("run", f"/runs/{run.pk}/")
    run.delete()
    make_run(learner, lab, len(lab.current.definition["checks"]))
    attempt = make_attempt(learner, lessons[0].quiz, 90.0)
    attempt.finished_at = timezone.now()
    attempt.save()
    assert went_on(learner) == "lesson"


def test_another_learner_s_attempt_is_not_offered() -> None:
    lessons = make_course()
    make_attempt(make_learner(), lessons[0].quiz, None)
    assert went_on(make_learner()) == "lesson"


def test_kept_pieces_of_the_map_show_each_learner_their_own_marks_and_the_last_change() -> None:
    lessons = make_course()
    renew_version()
    lab = Lab.objects.get(slug=lessons[0].lab)
    mira, jo = make_learner(), make_learner()
    pages = {learner: client_of(learner) for learner in (mira, jo)}

    def shows(learner: User) -> tuple[int, int]:
        """How often the map says that checks were passed, and that a lesson is done."""
        page = " ".join(pages[learner].get("/").content.decode().split())
        return page.count("1 of 2 checks"), page.count("Done:")

    assert (shows(mira), shows(jo)) == ((0, 0), (0, 0))
    make_run(mira, lab, 1, ended_at=timezone.now())
    LessonProgress.objects.begin(mira, lessons[1]).pass_quiz()
    for _ in range(2):
        assert shows(mira)[0] > 0
        assert shows(mira)[1] == 1
        assert shows(jo) == (0, 0)
    make_run(mira, lab, 2, ended_at=timezone.now())
    assert shows(mira)[0] == 0


def test_the_run_that_counts_is_the_last_that_passed_else_the_last_that_finished() -> None:
    learner, lab = make_learner(), make_lab("bench")
    now = timezone.now()
    for minute, passed in enumerate((1, 0)):
        make_run(learner, lab, passed, ended_at=now + timedelta(minutes=minute))
    assert bench_of(learner).passed == 0
    make_run(learner, lab, 2, ended_at=now - timedelta(minutes=9))
    assert bench_of(learner).is_done
    make_run(learner, lab, 0, ended_at=now + timedelta(minutes=9))
    assert bench_of(learner).is_done


def test_a_lab_has_the_place_of_its_lesson_in_the_course() -> None:
    small_course.load(small_course.CONTENT)
    assert Lab.objects.get(slug="first").place == 1


def test_a_lesson_whose_quiz_was_taken_is_not_untouched() -> None:
    learner, lessons = make_learner(), make_course()
    make_attempt(learner, lessons[1].quiz, 40.0)
    course = CourseMap.read(learner)
    course.add_results()
    assert [stop.is_untouched for stop in course.stops] == [True, False, True, True]
    page = client_of(learner).get("/progress/").content.decode()
    assert page.count('<tr class="unread">') == 3
