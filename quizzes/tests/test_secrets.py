"""Keys, feedback, explanations and hints are not in the bytes before the answer, whatever one asks for."""

import json
from collections.abc import Iterator

import pytest
from django.test import Client

from accounts.models import User
from quizzes.models import Attempt, Quiz
from quizzes.tests.conftest import SECRET_WORDS, form, item_of

pytestmark = pytest.mark.db
HTMX = {"HX-Request": "true"}


def responses(client: Client, attempt: Attempt) -> Iterator[bytes]:
    """All that a browser can make the site say about questions that are not answered."""
    url = attempt.get_absolute_url()
    yield client.get("/quizzes/").content
    yield client.get(attempt.quiz.get_absolute_url()).content
    yield client.get(url).content
    for item in attempt.items.all():
        one = f"{url}{item.place}"
        yield client.get(f"{url}?q={item.place}").content
        wrong = form(item, {"text": [""], "pick": ["99"]})
        for headers in ({}, HTMX):
            yield client.post(f"{one}/answer/", wrong, headers=headers).content
            yield client.post(f"{one}/mark/", {}, headers=headers).content
        yield client.post(f"{one}/draft/", {f"q{item.place}-text": "a", "version": "0"}).content
        yield client.post(f"{one}/draft/", {f"q{item.place}-text": "b", "version": "0"}).content
    yield client.post(f"{url}hand-in/", {}).content
    yield client.post(f"{url}hand-in/", {"do": "save"}, follow=True).content


@pytest.mark.parametrize("mode", ["one", "all"])
def test_nothing_secret_is_in_any_response_before_the_answer(visitor: Client, quiz: Quiz, mode: str) -> None:
    learner = User.objects.get(email="mira@example.org")
    attempt = Attempt.objects.begin(learner, quiz, mode, 1)
    walked = 0
    for content in responses(visitor, attempt):
        walked += 1
        for word in SECRET_WORDS:
            assert word.encode() not in content
    assert walked > 50


def test_an_answered_question_tells_only_its_own_secrets(visitor: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "claim")
    answered = visitor.post(
        f"{attempt.get_absolute_url()}3/answer/", form(item, {"pick": ["0"]}), headers=HTMX
    )
    text = answered.content.decode()
    assert "EXPLAINED claim" in text
    assert text.count("EXPLAINED") == 1
    assert "EXPLAINED" not in visitor.get(attempt.get_absolute_url()).content.decode()


def test_a_committed_prediction_tells_neither_feedback_nor_explanation(
    visitor: Client, attempt: Attempt
) -> None:
    item = item_of(attempt, "guess")
    page = visitor.post(f"{attempt.get_absolute_url()}8/answer/", form(item, {"text": ["3"]}), follow=True)
    for word in SECRET_WORDS:
        assert word.encode() not in page.content


def test_a_hint_holds_the_hint_and_nothing_else(visitor: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "one")
    part = visitor.post(f"{attempt.get_absolute_url()}1/hint/", form(item, {}), headers=HTMX).content.decode()
    assert "HINTED first" in part
    for word in ("HINTED second", "FEEDBACK", "EXPLAINED", "KEYWORD"):
        assert word not in part


def test_a_quick_check_tells_nothing_before_its_answer(client: Client, quiz: Quiz) -> None:
    for question in ("one", "word", "number", "order"):
        url = f"/quizzes/every-kind/{question}"
        for headers in ({}, HTMX):
            content = client.post(f"{url}/answer/", {}, headers=headers).content
            content += client.post(f"{url}/again/", {}, headers=headers).content
            content += client.post(f"{url}/mark/", {}, headers=headers).content
            for word in SECRET_WORDS:
                assert word.encode() not in content


def test_the_values_of_a_form_do_not_give_the_key_away(visitor: Client, attempt: Attempt) -> None:
    """Fields are named by their place on the page: two learners' forms are the same, whatever their order."""
    other = Attempt.objects.begin(attempt.learner, attempt.quiz, "one", 2)
    for question in ("several", "order"):
        shown = []
        for one in (attempt, other):
            item = item_of(one, question)
            state = item.revision.grader.form(item.revision.definition, item.variant, {})
            entries = state.get("options") or state["steps"]
            shown.append(
                [{name: value for name, value in entry.items() if name != "html"} for entry in entries]
            )
        assert json.dumps(shown[0]) == json.dumps(shown[1])
