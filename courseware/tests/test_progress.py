from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.guests.merging import merge
from accounts.models import User
from courseware.models import Lesson, LessonProgress, PassageNote
from courseware.tests import small_course
from labs.signals import lab_passed
from quizzes.signals import quiz_passed

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.fixture(autouse=True)
def course() -> None:
    small_course.load(small_course.CONTENT)


@pytest.fixture
def user() -> User:
    return User.objects.create(email="user@example.org")


@pytest.fixture
def guest() -> User:
    return User.objects.create(is_guest=True, guest_key=uuid.uuid4())


def lesson(slug: str) -> Lesson:
    return Lesson.objects.get(slug=slug)


def begin(learner: User, slug: str) -> LessonProgress:
    return LessonProgress.objects.begin(learner, lesson(slug))


def test_a_lesson_without_a_quiz_is_done_when_its_end_is_reached(user: User) -> None:
    progress = begin(user, "second")
    progress.reach("", 999)
    assert progress.completed_at is None
    progress.reach("", 1000)
    assert progress.completed_at is not None


def test_a_lesson_with_a_quiz_is_done_when_the_quiz_is_passed(user: User) -> None:
    begin(user, "first").reach("what-happens", 1000)
    assert begin(user, "first").completed_at is None
    quiz_passed.send(sender=object, learner=user, slug="first", attempt=None)
    progress = begin(user, "first")
    assert progress.completed_at is not None
    assert progress.quiz_passed_at is not None
    assert progress.section == "what-happens"


def test_a_passed_lab_is_noted_and_completes_nothing(user: User) -> None:
    lab_passed.send(sender=object, learner=user, slug="first", run=None)
    progress = begin(user, "first")
    assert progress.lab_passed_at is not None
    assert progress.completed_at is None


def test_reading_on_from_an_old_tab_takes_nothing_back(user: User) -> None:
    old_tab = begin(user, "first")
    begin(user, "first").pass_quiz()
    begin(user, "first").reach("what-happens", 800)
    old_tab.reach("", 100)
    assert (old_tab.position, old_tab.furthest) == (100, 800)
    assert old_tab.completed_at is not None
    assert old_tab.quiz_passed_at is not None


def test_completion_keeps_its_first_date(user: User) -> None:
    progress = begin(user, "second")
    progress.reach("", 1000)
    first = progress.completed_at
    progress.reach("", 1000)
    assert progress.completed_at == first


def test_a_position_beyond_the_end_is_the_end(user: User) -> None:
    progress = begin(user, "second")
    progress.reach("x" * 500, 99999)
    assert (progress.position, len(progress.section)) == (1000, 120)


def test_a_learner_has_one_record_of_a_lesson(user: User) -> None:
    assert begin(user, "first").pk == begin(user, "first").pk
    with pytest.raises(IntegrityError), transaction.atomic():
        LessonProgress.objects.create(learner=user, lesson=lesson("first"))


def note(learner: User, **given: Any) -> PassageNote:
    defaults = {
        "lesson": lesson("first"),
        "kind": "report",
        "body": "x",
        "content_hash": "",
        "submission": uuid.uuid4(),
    }
    return PassageNote.objects.create(learner=learner, **{**defaults, **given})


def test_a_form_sent_twice_is_one_note(user: User) -> None:
    submission = uuid.uuid4()
    note(user, submission=submission)
    with pytest.raises(IntegrityError), transaction.atomic():
        note(user, submission=submission)


def test_the_first_to_handle_a_note_stays_on_record(user: User, guest: User) -> None:
    kept = note(guest)
    kept.handle(user)
    kept.handle(guest)
    assert kept.handled_by == user


def test_what_only_the_guest_read_goes_to_the_user(guest: User, user: User) -> None:
    begin(guest, "second").reach("", 1000)
    merge(guest, user)
    assert begin(user, "second").completed_at is not None


def test_two_records_of_one_lesson_become_the_best_of_both(guest: User, user: User) -> None:
    begin(user, "first").pass_quiz()
    begin(user, "first").reach("what-happens", 900)
    begin(guest, "first").pass_lab()
    begin(guest, "first").reach("in-the-interview", 500)
    LessonProgress.objects.filter(learner=guest).update(started_at=timezone.now() - timedelta(days=9))
    merge(guest, user)
    kept = LessonProgress.objects.get(learner=user)
    assert (kept.furthest, kept.position, kept.section) == (900, 500, "in-the-interview")
    assert kept.quiz_passed_at is not None
    assert kept.lab_passed_at is not None
    assert kept.completed_at is not None
    assert kept.started_at < timezone.now() - timedelta(days=8)
    assert LessonProgress.objects.count() == 1


def test_a_guests_notes_go_to_the_user_and_one_sent_by_both_stays_one(guest: User, user: User) -> None:
    twice = uuid.uuid4()
    note(user, submission=twice)
    note(guest, submission=twice)
    note(guest)
    merge(guest, user)
    assert PassageNote.objects.filter(learner=user).count() == 2
    assert PassageNote.objects.count() == 2
