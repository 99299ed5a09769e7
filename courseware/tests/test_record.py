"""One's own record, as a page and as a file to take away."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from accounts.tests.people import client_of, make_guest, make_learner
from courseware.models import LessonProgress
from courseware.tests.pages import make_lesson

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


def test_the_export_of_a_new_visitor_is_empty(client: Client) -> None:
    assert json.loads(client.get("/progress/export/").content)["learner"] is None
