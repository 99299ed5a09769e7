"""What stands inside a lesson: quick checks and labs."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.people import client_of, make_guest, make_learner
from courseware.tests.pages import PROSE, Markup, make_lab, make_lesson
from quizzes import loading
from quizzes.models import QuestionRevision
from quizzes.tests.conftest import KINDS, SECRET_WORDS, source_of

pytestmark = pytest.mark.django_db
CHECKS = [{"kind": "quick-check", "quiz": "every-kind", "question": name} for name in ("one", "claim", "number")]


@pytest.fixture
def lesson(tmp_path: Path) -> str:
    """The path of a lesson with three quick checks and a lab."""
    source, problems = source_of(KINDS, tmp_path)
    assert problems == []
    assert source is not None
    loading.save([source])
    make_lab("one")
    make_lesson(slug="one", lab="one", quiz="every-kind", parts=[*PROSE, *CHECKS, {"kind": "lab", "lab": "one"}])
    return "/lessons/one/"


def answer_first(client: Client, lesson: str) -> None:
    page = client.get(lesson).content.decode()
    prefix = re.search(r'name="(check-every-kind-one-)pick"', page)
    assert prefix is not None
    revision = QuestionRevision.objects.get(question="one")
    fields = {"revision": revision.digest, "number": "1", "back": lesson, f"{prefix[1]}submission": str(uuid.uuid4())}
    assert client.post("/quizzes/every-kind/one/answer/", {**fields, f"{prefix[1]}pick": "0"}).status_code in (200, 302)


def test_a_quick_check_shows_its_question_and_keeps_its_secrets(client: Client, lesson: str) -> None:
    page = client.get(lesson).content.decode()
    assert page.count("Quick check") >= 3
    assert not any(word in page for word in SECRET_WORDS)
    assert Markup(page).wrong == []


def test_an_answered_quick_check_shows_its_feedback_in_the_lesson(client: Client, lesson: str) -> None:
    answer_first(client, lesson)
    page = client.get(lesson).content.decode()
    assert "EXPLAINED" in page
    assert Markup(page).wrong == []


@pytest.mark.parametrize("who", [make_learner, make_guest])
def test_a_lesson_costs_six_queries_before_and_after_the_answers(
    who: Callable[[], User], lesson: str, django_assert_max_num_queries
) -> None:
    client = client_of(who())
    with django_assert_max_num_queries(6):
        client.get(lesson)
    answer_first(client, lesson)
    with django_assert_max_num_queries(6):
        assert "EXPLAINED" in client.get(lesson).content.decode()


def test_a_check_or_a_lab_that_left_the_course_leaves_no_hole(client: Client) -> None:
    parts = [*PROSE, {"kind": "quick-check", "quiz": "gone", "question": "one"}, {"kind": "lab", "lab": "gone"}]
    make_lesson(slug="one", lab="gone", parts=parts)
    page = client.get("/lessons/one/").content.decode()
    assert "Open the bench" not in page
    assert Markup(page).wrong == []
