"""Too much, too late, twice, from another tab, with markup in it: a clear sentence, nothing lost, nothing
executed.
"""

import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from quizzes.models import Answer, Attempt, Draft, Quiz
from quizzes.tests.conftest import form, item_of, right_fields

pytestmark = pytest.mark.db
HTMX = {"HX-Request": "true"}
MARKUP = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{ 7 * 7 }}"


def answer_url(attempt: Attempt, place: int) -> str:
    return f"{attempt.get_absolute_url()}{place}/answer/"


@pytest.mark.parametrize("what", ["answer", "draft", "hint", "mark"])
def test_ten_megabytes_are_refused_with_a_sentence(visitor: Client, attempt: Attempt, what: str) -> None:
    item = item_of(attempt, "word")
    sent = form(item, {"text": ["x" * 10_000_000]})
    page = visitor.post(f"{attempt.get_absolute_url()}{item.place}/{what}/", sent)
    assert page.status_code == 413
    assert "too large: 10000 kB" in page.content.decode()
    assert not Answer.objects.exists()
    assert not Draft.objects.exists()


def test_ten_megabytes_for_a_script_are_refused_in_its_language(visitor: Client, attempt: Attempt) -> None:
    sent = form(item_of(attempt, "word"), {"text": ["x" * 10_000_000]})
    url = f"{attempt.get_absolute_url()}4/draft/"
    answer = visitor.post(url, sent, headers={"Accept": "application/json"})
    assert answer.status_code == 413
    assert "too large" in answer.json()["error"]


def test_a_field_that_is_too_long_names_what_is_accepted(visitor: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "word")
    page = visitor.post(answer_url(attempt, item.place), form(item, {"text": ["x" * 201]}))
    assert page.status_code == 422
    assert "has 201 characters. A short answer has at most 200." in page.content.decode()
    for size, most in ((2_001, "2,000"), (20_001, "20,000")):
        page = visitor.post(answer_url(attempt, item.place), form(item, {"text": ["x" * size]}))
        assert page.status_code == 413
        assert f"at most {most} characters" in page.content.decode()


@pytest.mark.parametrize("question", ["one", "several", "word", "number", "order", "line", "guess"])
def test_markup_in_any_field_is_text(visitor: Client, attempt: Attempt, question: str) -> None:
    item = item_of(attempt, question)
    fields = {name: [MARKUP] for name in ("text", "pick", "sure", "rank-0", "rank-1")}
    for headers in ({}, HTMX):
        page = visitor.post(
            answer_url(attempt, item.place), form(item, fields), headers=headers
        ).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    page = visitor.get(f"{attempt.get_absolute_url()}?q={item.place}").content.decode()
    assert "<script>alert" not in page


def test_markup_that_was_answered_is_text_in_the_review(visitor: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "word")
    page = visitor.post(
        answer_url(attempt, item.place), form(item, {"text": [MARKUP]}), follow=True
    ).content.decode()
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page


def test_a_replayed_post_shows_the_recorded_answer(visitor: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "one")
    sent = form(item, right_fields(item))
    for _ in range(3):
        page = visitor.post(answer_url(attempt, 1), sent, follow=True)
        assert "Right." in page.content.decode()
        assert "answered before" not in page.content.decode()
    assert Answer.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_stale_tab_is_told_that_the_first_answer_stands(
    visitor: Client, attempt: Attempt, headers: dict[str, str]
) -> None:
    item = item_of(attempt, "claim")
    visitor.post(answer_url(attempt, 3), form(item, {"pick": ["1"]}))
    page = visitor.post(answer_url(attempt, 3), form(item, {"pick": ["0"]}), headers=headers, follow=True)
    assert "The first answer stands." in page.content.decode()
    assert Answer.objects.get().response == [1]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_answer_after_the_hand_in_is_refused_with_a_sentence(
    visitor: Client, attempt: Attempt, headers: dict[str, str]
) -> None:
    item = item_of(attempt, "one")
    attempt.hand_in()
    page = visitor.post(answer_url(attempt, 1), form(item, right_fields(item)), headers=headers, follow=True)
    assert "It takes no more answers." in page.content.decode()
    assert not Answer.objects.exists()
    assert Attempt.objects.get().score == 0


def test_a_second_tab_that_hands_in_other_answers_is_refused_with_a_sentence(
    visitor: Client, quiz: Quiz, learner: User
) -> None:
    exam = Attempt.objects.begin(learner, quiz, Attempt.Mode.ALL_AT_ONCE, 1)
    url, item = f"{exam.get_absolute_url()}hand-in/", item_of(exam, "one")
    first = form(item, {"pick": ["0"]}, do="anyway")
    visitor.post(url, first)
    score = Attempt.objects.get().score
    late = visitor.post(url, form(item, right_fields(item), do="anyway"), follow=True)
    assert "It takes no more answers." in late.content.decode()
    assert Attempt.objects.get().score == score
    assert Answer.objects.count() == 1
    double_click = visitor.post(url, first, follow=True)
    assert "It takes no more answers." not in double_click.content.decode()


def test_a_form_without_its_id_is_asked_for_again_with_its_content(visitor: Client, attempt: Attempt) -> None:
    page = visitor.post(answer_url(attempt, 4), {"q4-text": "kept", "q4-submission": "no uuid"})
    assert page.status_code == 400
    assert 'value="kept"' in page.content.decode()


def test_the_id_of_another_question_s_form_is_refused_and_the_content_kept(
    visitor: Client, attempt: Attempt
) -> None:
    submission = uuid.uuid4()
    attempt.record(item_of(attempt, "one"), [1], submission)
    page = visitor.post(answer_url(attempt, 4), {"q4-text": "kept", "q4-submission": str(submission)})
    assert page.status_code == 409
    assert 'value="kept"' in page.content.decode()


def test_an_expired_session_gives_everything_back_to_be_sent_again(client: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "word")
    sent = form(item, {"text": ["typed for a long time"]})
    page = client.post(answer_url(attempt, 4), sent)
    assert page.status_code == 403
    text = page.content.decode()
    assert ">typed for a long time</blockquote>" in text
    assert 'name="q4-text" value="typed for a long time"' in text
    assert f"?next=/quizzes/attempts/{attempt.pk}/" in text
    client.force_login(attempt.learner)
    assert client.post(answer_url(attempt, 4), sent).status_code == 302
    assert Answer.objects.get().response == "typed for a long time"


def test_somebody_else_s_attempt_and_none_at_all_look_the_same(client: Client, attempt: Attempt) -> None:
    def seen(pk: uuid.UUID) -> str:
        page = client.post(f"/quizzes/attempts/{pk}/1/answer/", {"q1-pick": "1"})
        return f"{page.status_code} {page.content.decode().replace(str(pk), '')}".split(
            "csrfmiddlewaretoken"
        )[0]

    assert seen(attempt.pk) == seen(uuid.uuid4())


@pytest.fixture
def strict(learner: User) -> Client:
    """A browser whose tokens are checked."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(learner)
    return client


def test_a_form_with_an_old_token_comes_back_filled_in_and_records_nothing(
    strict: Client, attempt: Attempt
) -> None:
    item = item_of(attempt, "word")
    page = strict.post(answer_url(attempt, 4), form(item, {"text": ["kept"]}))
    assert page.status_code == 403
    assert "Nothing is lost: send your answer again." in page.content.decode()
    assert 'value="kept"' in page.content.decode()
    assert not Answer.objects.exists()
    assert not Draft.objects.exists()
    token = page.context["csrf_token"]
    again = strict.post(
        answer_url(attempt, 4), form(item, {"text": ["kept"]}, csrfmiddlewaretoken=str(token))
    )
    assert again.status_code == 302
    assert Answer.objects.count() == 1


@pytest.mark.parametrize("what", ["answer", "hint", "mark", "draft"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_nothing_is_written_without_a_token(
    strict: Client, attempt: Attempt, what: str, headers: dict[str, str]
) -> None:
    item = item_of(attempt, "one")
    page = strict.post(f"{attempt.get_absolute_url()}1/{what}/", form(item, {"pick": ["1"]}), headers=headers)
    assert page.status_code == (403 if what == "draft" or not headers else 200)
    strict.post(f"{attempt.get_absolute_url()}hand-in/", {"do": "anyway"})
    attempt.refresh_from_db()
    assert attempt.is_open
    assert not Answer.objects.exists()
    assert not Draft.objects.exists()
    assert item_of(attempt, "one").hints_shown == 0


def test_the_fields_of_one_question_cannot_be_many(visitor: Client, attempt: Attempt) -> None:
    sent: dict[str, Any] = {"q2-pick": ["1"] * 500, "q2-submission": str(uuid.uuid4())}
    assert visitor.post(answer_url(attempt, 2), sent).status_code == 413
