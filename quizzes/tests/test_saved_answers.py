"""What is saved and not yet checked: it counts at the hand-in, and the pages show it."""

from typing import Any

import pytest
from django.test import Client

from quizzes.models import Answer, Attempt, Draft
from quizzes.tests.conftest import form, item_of, right_fields

pytestmark = pytest.mark.db


def save(client: Client, attempt: Attempt, question: str, fields: dict[str, list[str]]) -> Any:
    """What the page's script sends while a learner types."""
    item = item_of(attempt, question)
    sent = {**form(item, fields), "version": "0"}
    return client.post(
        f"{attempt.get_absolute_url()}{item.place}/draft/", sent, headers={"Accept": "application/json"}
    )


def hand_in(client: Client, attempt: Attempt, **fields: Any) -> Any:
    return client.post(f"{attempt.get_absolute_url()}hand-in/", {"do": "anyway", **fields})


def test_saved_answers_count_when_an_attempt_with_one_question_at_a_time_is_handed_in(
    visitor: Client, attempt: Attempt
) -> None:
    for question in ("several", "word", "number"):
        save(visitor, attempt, question, {**right_fields(item_of(attempt, question)), "sure": ["2"]})
    page = visitor.get(attempt.get_absolute_url()).content.decode()
    assert "Hand in now, 5 unanswered" in page
    assert hand_in(visitor, attempt).status_code == 302
    attempt.refresh_from_db()
    assert attempt.score == 37.5
    assert {answer.confidence for answer in Answer.objects.all()} == {2}
    assert not Draft.objects.exists()


def test_what_is_typed_on_the_page_that_hands_in_counts_before_it_was_saved(
    visitor: Client, attempt: Attempt
) -> None:
    save(visitor, attempt, "word", {"text": ["prefetch"]})
    item = item_of(attempt, "word")
    hand_in(visitor, attempt, **form(item, {"text": ["KEYWORD timeout"]}))
    assert Answer.objects.get().response == "KEYWORD timeout"


def test_a_field_that_was_emptied_on_the_page_is_no_answer(visitor: Client, attempt: Attempt) -> None:
    save(visitor, attempt, "word", {"text": ["prefetch"]})
    hand_in(visitor, attempt, **form(item_of(attempt, "word"), {"text": [""]}))
    attempt.refresh_from_db()
    assert not attempt.is_open
    assert not Answer.objects.exists()


def test_a_saved_answer_that_cannot_be_read_is_shown_before_anything_is_handed_in(
    visitor: Client, attempt: Attempt
) -> None:
    save(visitor, attempt, "word", {"text": ["KEYWORD timeout"]})
    save(visitor, attempt, "number", {"text": ["twenty"]})
    page = hand_in(visitor, attempt)
    text = page.content.decode()
    assert page.status_code == 422
    assert "Look at these first: 5." in text
    assert 'value="twenty"' in text
    assert "“twenty” isn&#x27;t a number" in text
    assert not Answer.objects.exists()
    attempt.refresh_from_db()
    assert attempt.is_open


@pytest.fixture
def exam(attempt: Attempt) -> Attempt:
    return Attempt.objects.begin(attempt.learner, attempt.quiz, Attempt.Mode.ALL_AT_ONCE, 2)


def test_saved_answers_of_an_attempt_on_one_page_are_counted_as_answered(
    visitor: Client, exam: Attempt
) -> None:
    for question in ("several", "word"):
        save(visitor, exam, question, right_fields(item_of(exam, question)))
    save(visitor, exam, "number", {"sure": ["2"], "text": [" "]})
    for address in (exam.get_absolute_url(), exam.quiz.get_absolute_url()):
        text = " ".join(visitor.get(address).content.decode().split())
        assert "2 of 8" in text
    page = visitor.get(exam.get_absolute_url()).content.decode()
    assert [place for place in range(1, 9) if f"Question {place}, saved" in page] == [2, 4]


def test_a_save_that_changes_what_is_saved_brings_the_counts_of_the_page(
    visitor: Client, exam: Attempt
) -> None:
    def shown(text: str, version: int) -> str:
        url, sent = f"{exam.get_absolute_url()}4/draft/", {"q4-text": text, "version": str(version)}
        body = visitor.post(url, sent, headers={"Accept": "application/json"}).json()
        return str(body.get("shown", ""))

    first = shown("KEY", 0)
    assert "1 of 8" in first
    assert "Question 4, saved" in first
    assert shown("KEYWORD", 1) == ""
    assert "0 of 8" in shown("", 2)


def test_the_keys_say_where_they_work(visitor: Client, attempt: Attempt, exam: Attempt) -> None:
    said = "in the question that has the focus: pick an option or a line"
    assert said in visitor.get(exam.get_absolute_url()).content.decode()
    alone = visitor.get(attempt.get_absolute_url()).content.decode()
    assert said not in alone
    assert "pick an option or a line" in alone


def test_the_list_of_quizzes_leads_on_to_an_attempt_that_is_under_way(
    visitor: Client, attempt: Attempt
) -> None:
    page = visitor.get("/quizzes/").content.decode()
    assert f'href="{attempt.get_absolute_url()}">in progress' in page
    assert "not taken" not in page
    attempt.hand_in()
    page = visitor.get("/quizzes/").content.decode()
    assert "in progress" not in page
    assert "best 0 %" in page
    assert "not taken" in Client().get("/quizzes/").content.decode()
