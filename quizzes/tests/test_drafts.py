"""What is being typed is kept on the server, and two tabs never overwrite each other."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from quizzes.models import Attempt, Draft
from quizzes.tests.conftest import form, item_of, right_fields

pytestmark = pytest.mark.db
JSON = {"Accept": "application/json"}


def save(client: Client, attempt: Attempt, text: str, version: int) -> Any:
    sent = {"q4-text": text, "q4-sure": "2", "version": str(version), "q4-submission": "ignored"}
    return client.post(f"{attempt.get_absolute_url()}4/draft/", sent, headers=JSON)


def test_a_draft_is_there_after_a_reload_and_in_another_browser(visitor: Client, attempt: Attempt) -> None:
    assert save(visitor, attempt, "half a th", 0).json()["version"] == 1
    assert save(visitor, attempt, "half a thought", 1).json()["version"] == 2
    elsewhere = Client()
    elsewhere.force_login(attempt.learner)
    page = elsewhere.get(f"{attempt.get_absolute_url()}?q=4").content.decode()
    assert 'value="half a thought"' in page
    assert 'id="q4-sure2" value="2" checked' in page
    assert 'data-version="2"' in page


def test_the_second_tab_is_told_what_the_first_one_wrote(visitor: Client, attempt: Attempt) -> None:
    save(visitor, attempt, "first tab", 0)
    answer = save(visitor, attempt, "second tab", 0)
    assert answer.status_code == 409
    assert answer.json()["fields"]["text"] == ["first tab"]
    assert Draft.objects.get().fields["text"] == ["first tab"]
    assert save(visitor, attempt, "second tab", answer.json()["version"]).status_code == 200


def test_a_draft_for_an_answered_question_is_gone(visitor: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "word")
    visitor.post(f"{attempt.get_absolute_url()}4/answer/", form(item, right_fields(item)))
    answer = save(visitor, attempt, "late", 0)
    assert answer.status_code == 410
    assert "answered in the meantime" in answer.json()["error"]


def test_without_a_session_a_draft_is_refused_with_a_sentence(client: Client, attempt: Attempt) -> None:
    answer = save(client, attempt, "typed", 0)
    assert answer.status_code == 403
    assert "no longer logged in" in answer.json()["error"]


def test_an_old_token_gives_a_fresh_one_so_that_the_draft_can_be_sent_again(
    learner: User, attempt: Attempt
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(learner)
    refused = save(strict, attempt, "typed", 0)
    assert refused.status_code == 403
    sent = {"q4-text": "typed", "version": "0", "csrfmiddlewaretoken": refused.json()["token"]}
    assert strict.post(f"{attempt.get_absolute_url()}4/draft/", sent, headers=JSON).status_code == 200


def test_only_fields_of_the_question_are_kept(visitor: Client, attempt: Attempt) -> None:
    sent = {
        "q4-text": "a b",
        "q4-sure": "2",
        "q5-text": "other",
        "q4-evil": "x",
        "text": "y",
        "q4-rank-0": "1",
        "q4-pick": "1",
        "q4-touched": "1",
        "q4-point-0": "1",
        "version": "0",
    }
    visitor.post(f"{attempt.get_absolute_url()}4/draft/", sent, headers=JSON)
    assert Draft.objects.get().fields == {"text": ["a b"], "sure": ["2"]}


@pytest.mark.parametrize("question", ["one", "several", "word", "number", "order", "line", "guess"])
def test_a_draft_holds_little_more_than_an_answer(visitor: Client, attempt: Attempt, question: str) -> None:
    item = item_of(attempt, question)
    names = ("text", "pick", "sure", "touched", *(f"rank-{place}" for place in range(100)))
    sent = {f"q{item.place}-{name}": "x" * 600 for name in names} | {"version": "0"}
    answer = visitor.post(f"{attempt.get_absolute_url()}{item.place}/draft/", sent, headers=JSON)
    assert answer.status_code == (413 if question == "order" else 200)
    kept = Draft.objects.filter(item=item).first()
    assert sum(len(value) for values in (kept.fields if kept else {}).values() for value in values) <= 2000


@pytest.mark.parametrize("field", ["q4-text", "q5-text", "version", "q4-submission"])
def test_a_nul_character_is_refused_in_every_field(visitor: Client, attempt: Attempt, field: str) -> None:
    sent = {"q4-text": "a", "version": "0", field: "a\x00b"}
    refused = visitor.post(f"{attempt.get_absolute_url()}4/draft/", sent, headers=JSON)
    assert refused.status_code == 413
    assert "NUL" in refused.json()["error"]
    assert not Draft.objects.exists()


def test_an_order_in_a_draft_is_shown_in_that_order(visitor: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "order")
    ranks = {f"q6-rank-{place}": str(rank) for place, rank in enumerate((4, 3, 2, 1))}
    visitor.post(f"{attempt.get_absolute_url()}6/draft/", {**ranks, "version": "0"}, headers=JSON)
    shown = item.revision.grader.form(item.revision.definition, item.variant, Draft.objects.get().fields)
    assert [step["name"] for step in shown["steps"]] == ["rank-3", "rank-2", "rank-1", "rank-0"]
