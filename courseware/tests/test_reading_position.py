"""Where a reader is, kept by a script or by a form."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.people import client_of, make_learner
from courseware.models import LessonProgress
from courseware.tests.pages import make_lesson

pytestmark = pytest.mark.django_db


def test_opening_a_lesson_leaves_no_record(client: Client) -> None:
    make_lesson(slug="one")
    client.get("/lessons/one/")
    assert not User.objects.exists()
    assert "guest" not in client.cookies


def test_the_first_position_makes_a_guest_and_the_lesson_resumes_there(client: Client) -> None:
    make_lesson(slug="one")
    answer = client.post("/lessons/one/position/", {"section": "how", "position": "640", "quiet": "1"})
    assert answer.status_code == 204
    assert User.objects.get().is_guest
    assert "/lessons/one/#how" in client.get("/").content.decode()


def test_a_form_without_a_script_gets_the_lesson_again(client: Client) -> None:
    make_lesson(slug="one")
    answer = client.post("/lessons/one/position/", {"section": "", "position": "1000"})
    assert answer.status_code == 302
    assert answer["Location"] == "/lessons/one/#lesson-end"
    assert "1 of 1 lessons" in client.get("/").content.decode()


def test_reading_a_lesson_with_a_quiz_does_not_complete_it() -> None:
    learner = make_learner()
    make_lesson(slug="one", quiz="one")
    client_of(learner).post("/lessons/one/position/", {"section": "", "position": "1000"})
    assert LessonProgress.objects.get(learner=learner).completed_at is None


@pytest.mark.parametrize("position", ["", "-1", "1001", "12.5", "²", "9" * 5000, "00000" + "9" * 30, "NaN"])
def test_a_position_that_is_none_is_refused_and_nothing_is_kept(client: Client, position: str) -> None:
    make_lesson(slug="one")
    answer = client.post("/lessons/one/position/", {"section": "", "position": position})
    assert answer.status_code == 400
    assert "0 to 1000" in answer.content.decode()
    assert not User.objects.exists()


def test_a_section_that_the_lesson_does_not_have_is_refused(client: Client) -> None:
    make_lesson(slug="one")
    answer = client.post("/lessons/one/position/", {"section": "<script>", "position": "10"})
    assert answer.status_code == 400
    assert "<script>" not in answer.content.decode()


def test_positions_need_the_csrf_token() -> None:
    make_lesson(slug="one")
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/lessons/one/position/", {"section": "", "position": "10"})
    assert answer.status_code == 403
    assert "The form has expired" in answer.content.decode()


def test_positions_are_posted_only(client: Client) -> None:
    make_lesson(slug="one")
    assert client.get("/lessons/one/position/").status_code == 405
