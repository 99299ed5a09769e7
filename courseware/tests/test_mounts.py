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
from authoring.content_version import renew_version
from courseware.reading import kept_quick_checks
from courseware.tests.pages import PROSE, Markup, make_lab, make_lesson
from quizzes.loading import quiz_files
from quizzes.models import Answer, Attempt, Grade, QuestionRevision
from quizzes.tests.conftest import KINDS, SECRET_WORDS, source_of

pytestmark = pytest.mark.django_db
CHECKS = [
    {"kind": "quick-check", "quiz": "every-kind", "question": name} for name in ("one", "claim", "number")
]


@pytest.fixture
def lesson(tmp_path: Path) -> str:
    """The path of a lesson with three quick checks and a lab."""
    source, problems = source_of(KINDS, tmp_path)
    assert problems == []
    assert source is not None
    quiz_files.save([source])
    make_lab("one")
    make_lesson(
        slug="one", lab="one", quiz="every-kind", parts=[*PROSE, *CHECKS, {"kind": "lab", "lab": "one"}]
    )
    return "/lessons/one/"


def answer_first(client: Client, lesson: str, pick: str = "0") -> None:
    page = client.get(lesson).content.decode()
    prefix = re.search(r'name="(check-every-kind-one-)pick"', page)
    assert prefix is not None
    revision = QuestionRevision.objects.get(question="one")
    fields = {
        "revision": revision.digest,
        "number": "1",
        "back": lesson,
        f"{prefix[1]}submission": str(uuid.uuid4()),
    }
    assert client.post(
        "/quizzes/every-kind/one/answer/", {**fields, f"{prefix[1]}pick": pick}
    ).status_code in (200, 302)


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
def test_a_lesson_costs_at_most_nine_queries_before_and_after_the_answers(
    who: Callable[[], User], lesson: str, django_assert_max_num_queries
) -> None:
    renew_version()
    Client().get(lesson)  # this process reads the outline and the forms once
    client = client_of(who())
    with django_assert_max_num_queries(9):
        client.get(lesson)
    answer_first(client, lesson)
    with django_assert_max_num_queries(9):
        assert "EXPLAINED" in client.get(lesson).content.decode()
    with django_assert_max_num_queries(6):  # the answer is kept
        assert "EXPLAINED" in client.get(lesson).content.decode()


def test_a_kept_form_has_a_token_and_an_id_for_each_response(lesson: str) -> None:
    renew_version()
    first, second = (client_of(make_guest()).get(lesson).content.decode() for _ in range(2))
    for name in (r"csrfmiddlewaretoken", r"check-every-kind-one-submission"):
        values = [re.findall(rf'name="{name}" value="([^"]+)"', page) for page in (first, second)]
        assert values[0] != values[1]
        assert all(values)
    assert kept_quick_checks.TOKEN not in first + second
    assert kept_quick_checks.FORM_ID not in first + second


def test_a_kept_form_can_be_answered_and_then_shows_the_answer(lesson: str) -> None:
    renew_version()
    client = client_of(make_guest())
    answer_first(client, lesson)
    assert "EXPLAINED" in client.get(lesson).content.decode()
    assert "EXPLAINED" not in Client().get(lesson).content.decode()


def test_a_kept_answer_is_shown_only_to_the_one_who_gave_it(lesson: str) -> None:
    renew_version()
    mira, jo = client_of(make_learner()), client_of(make_guest())
    answer_first(mira, lesson)
    for _ in range(2):
        assert "EXPLAINED" in mira.get(lesson).content.decode()
        assert "EXPLAINED" not in jo.get(lesson).content.decode()
    answer_first(jo, lesson, pick="1")
    chosen = [
        re.findall(r"data-verdict.*?</p>", client.get(lesson).content.decode(), re.DOTALL)[0]
        for client in (mira, jo)
    ]
    assert chosen[0] != chosen[1]


def test_a_kept_answer_changes_with_the_hints_the_next_attempt_and_the_grade(lesson: str) -> None:
    renew_version()
    learner = make_learner()
    client = client_of(learner)
    answer_first(client, lesson)
    answered = client.get(lesson).content.decode()
    answer = Answer.objects.get()
    Grade.objects.create(answer=answer, score=1 - answer.grade.score, marks={}, evidence={})
    graded = client.get(lesson).content.decode()
    assert ("Not right." in answered, "Not right." in graded) in {(True, False), (False, True)}
    revision = QuestionRevision.objects.get(question="one")
    attempt = Attempt.objects.begin_quick(learner, revision, 2)
    assert "EXPLAINED" not in client.get(lesson).content.decode()
    before = client.get(lesson).content.decode()
    attempt.items.get().show_hint()
    assert len(client.get(lesson).content) > len(before)


@pytest.mark.parametrize("kept", [False, True])
def test_a_kept_form_is_the_form_that_is_rendered_without_keeping(lesson: str, kept: bool) -> None:
    client = client_of(make_guest())
    live = client.get(lesson).content.decode()
    if kept:
        renew_version()
        client.get(lesson)
    same = client.get(lesson).content.decode()
    secret = re.compile(r'(csrfmiddlewaretoken|submission)" value="[^"]+"|nonce="[^"]+"')
    assert secret.sub("", same).split() == secret.sub("", live).split()


def test_a_check_or_a_lab_that_left_the_course_leaves_no_hole(client: Client) -> None:
    parts = [
        *PROSE,
        {"kind": "quick-check", "quiz": "gone", "question": "one"},
        {"kind": "lab", "lab": "gone"},
    ]
    make_lesson(slug="one", lab="gone", parts=parts)
    page = client.get("/lessons/one/").content.decode()
    assert "Open the bench" not in page
    assert Markup(page).wrong == []
