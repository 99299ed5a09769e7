"""One's own record, as a page and as a file to take away."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken
from accounts.tests.people import client_of, make_guest, make_learner
from courseware.models import LessonProgress
from courseware.tests.pages import make_attempt, make_course, make_lesson, make_run
from labs.models import Lab

pytestmark = pytest.mark.django_db


def test_somebody_without_a_record_is_told_so(client: Client) -> None:
    assert "Nothing is kept about you yet" in client.get("/progress/").content.decode()


def test_a_guest_is_told_that_the_record_belongs_to_the_browser() -> None:
    guest = make_guest()
    LessonProgress.objects.begin(guest, make_lesson()).reach("how", 500)
    page = client_of(guest).get("/progress/").content.decode()
    assert "this record belongs to this browser" in page
    assert "50&nbsp;%" in page


def test_the_export_holds_ones_own_record_and_nobody_elses() -> None:
    learner, other = make_learner(), make_learner()
    for person, slug in ((learner, "mine"), (other, "theirs")):
        LessonProgress.objects.begin(person, make_lesson(slug=slug)).reach("how", 500)
    answer = client_of(learner).get("/progress/export/")
    assert answer["Content-Disposition"].startswith('attachment; filename="backburner-')
    record = json.loads(answer.content)
    assert record["learner"]["email"] == learner.email
    assert [lesson["slug"] for lesson in record["lessons"]] == ["mine"]
    assert other.email not in answer.content.decode()


def test_the_export_covers_every_room_and_holds_no_secret() -> None:
    learner = make_learner()
    lesson = make_course()[0]
    make_attempt(learner, lesson.quiz, 80.0)
    make_run(learner, Lab.objects.get(slug=lesson.lab), passed=1)
    _token, raw = ApiToken.objects.make(learner, "laptop")
    text = client_of(learner).get("/progress/export/").content.decode()
    record = json.loads(text)
    assert [attempt["slug"] for attempt in record["attempts"]] == [lesson.quiz]
    assert [run["slug"] for run in record["runs"]] == [lesson.lab]
    assert [token["name"] for token in record["learner"]["tokens"]] == ["laptop"]
    assert raw not in text
    assert learner.password not in text


def test_the_export_of_a_new_visitor_is_empty(client: Client) -> None:
    assert json.loads(client.get("/progress/export/").content)["learner"] is None


def test_a_learner_makes_and_revokes_tokens_on_the_progress_page() -> None:
    learner = make_learner()
    token, _ = ApiToken.objects.make(learner, "nightly script")
    page = client_of(learner).get("/progress/").content.decode()
    assert "nightly script" in page
    assert reverse("accounts:revoke_token", args=[token.pk]) in page
    assert reverse("accounts:make_token") in page
