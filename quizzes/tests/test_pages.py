"""Pages without a script: take a quiz, come back to it, read it again; nobody else can."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from quizzes.models import Answer, Attempt, Draft, Quiz
from quizzes.tests.conftest import form, item_of, right_fields

pytestmark = pytest.mark.db
QUESTIONS = ("one", "several", "claim", "word", "number", "order", "line", "guess")


def test_a_guest_starts_a_quiz_and_is_asked_the_first_question(client: Client, quiz: Quiz) -> None:
    assert "Start the quiz" in client.get(quiz.get_absolute_url()).content.decode()
    assert not User.objects.exists()
    page = client.post(quiz.get_absolute_url(), {"mode": "one", "number": "1"}, follow=True)
    assert "Question 1 of 8" in page.content.decode()
    assert User.objects.get().is_guest


def test_a_double_click_on_start_is_one_attempt(visitor: Client, quiz: Quiz) -> None:
    for _ in range(2):
        visitor.post(quiz.get_absolute_url(), {"mode": "all", "number": "1"})
    assert Attempt.objects.count() == 1


def test_the_quiz_offers_to_resume_and_lists_earlier_attempts(visitor: Client, attempt: Attempt) -> None:
    attempt.hand_in()
    Attempt.objects.begin(attempt.learner, attempt.quiz, "one", 2)
    page = visitor.get(attempt.quiz.get_absolute_url()).content.decode()
    assert "Resume attempt 2" in page
    assert "Attempt 1" in page
    assert "Start attempt 3" in page


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_kind_is_answered_by_a_plain_form(visitor: Client, attempt: Attempt, question: str) -> None:
    item = item_of(attempt, question)
    sent = form(item, {**right_fields(item), "sure": ["2"]}, do="answer")
    page = visitor.post(f"{attempt.get_absolute_url()}{item.place}/answer/", sent, follow=True)
    text = page.content.decode()
    assert page.redirect_chain == [(f"{attempt.get_absolute_url()}?q={item.place}#q{item.place}", 302)]
    assert ("Waiting for your run." if question == "guess" else "Right. You were fairly sure.") in text
    assert ("EXPLAINED" in text) == (question != "guess")
    assert Answer.objects.get().confidence == 2


def test_one_question_after_another_leads_to_the_result(visitor: Client, attempt: Attempt) -> None:
    for place, question in enumerate(QUESTIONS, 1):
        item = item_of(attempt, question)
        page = visitor.get(attempt.get_absolute_url()).content.decode()
        assert f"Question {place} of 8" in page
        visitor.post(f"{attempt.get_absolute_url()}{place}/answer/", form(item, right_fields(item)))
    page = visitor.get(attempt.get_absolute_url()).content.decode()
    assert "88 %, passed" in page
    assert "One answer waits" in page
    assert page.count('<section class="question') == 8


def test_wrong_answers_show_the_feedback_of_what_was_chosen_and_the_key(
    visitor: Client, attempt: Attempt
) -> None:
    item = item_of(attempt, "claim")
    page = visitor.post(
        f"{attempt.get_absolute_url()}{item.place}/answer/", form(item, {"pick": ["0"]}), follow=True
    )
    text = page.content.decode()
    assert "Not right." in text
    assert "FEEDBACK true" in text
    assert "FEEDBACK false" in text


def test_an_answer_that_cannot_be_read_comes_back_filled_in_with_a_sentence(
    visitor: Client, attempt: Attempt
) -> None:
    item = item_of(attempt, "number")
    page = visitor.post(f"{attempt.get_absolute_url()}{item.place}/answer/", form(item, {"text": ["twenty"]}))
    assert page.status_code == 422
    assert "“twenty” isn&#x27;t a number" in page.content.decode()
    assert 'value="twenty"' in page.content.decode()
    assert not Answer.objects.exists()
    assert Draft.objects.get().fields == {"text": ["twenty"]}


def test_without_a_script_a_draft_is_saved_by_a_button_and_is_there_again(
    visitor: Client, attempt: Attempt
) -> None:
    item = item_of(attempt, "word")
    url = f"{attempt.get_absolute_url()}{item.place}/answer/"
    visitor.post(url, form(item, {"text": ["half an ans"]}, do="save"))
    assert (
        'value="half an ans"' in visitor.get(f"{attempt.get_absolute_url()}?q={item.place}").content.decode()
    )
    assert not Answer.objects.exists()


def test_hints_come_one_by_one_and_keep_what_was_typed(visitor: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "one")
    url = f"{attempt.get_absolute_url()}{item.place}/hint/"
    page = visitor.post(url, form(item, {"pick": ["1"]}), follow=True).content.decode()
    assert "HINTED first" in page
    assert "HINTED second" not in page
    assert "checked" in page
    page = visitor.post(url, form(item, {}, **{f"q{item.place}-hints": "1"}), follow=True).content.decode()
    assert "HINTED second" in page
    assert "Next hint" not in page


def test_a_double_click_on_a_hint_shows_one_hint(visitor: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "one")
    for _ in range(2):
        sent = form(item, {}, **{f"q{item.place}-hints": "0"})
        visitor.post(f"{attempt.get_absolute_url()}{item.place}/hint/", sent)
    assert item_of(attempt, "one").hints_shown == 1


@pytest.fixture
def exam(quiz: Quiz, learner: User) -> Attempt:
    return Attempt.objects.begin(learner, quiz, Attempt.Mode.ALL_AT_ONCE, 1)


def whole_form(attempt: Attempt, *left_out: str) -> dict[str, object]:
    sent: dict[str, object] = {}
    for question in QUESTIONS:
        item = item_of(attempt, question)
        sent |= form(item, {} if question in left_out else right_fields(item))
    return sent


def test_all_at_once_asks_everything_on_one_page_and_tells_nothing_before(
    visitor: Client, exam: Attempt
) -> None:
    page = visitor.get(exam.get_absolute_url()).content.decode()
    assert page.count('<section class="question') == 8
    page = visitor.post(f"{exam.get_absolute_url()}hand-in/", whole_form(exam), follow=True).content.decode()
    assert "88 %, passed" in page
    assert page.count("EXPLAINED") == 7


def test_unanswered_questions_are_named_once_before_handing_in(visitor: Client, exam: Attempt) -> None:
    sent = whole_form(exam, "one", "word")
    page = visitor.post(f"{exam.get_absolute_url()}hand-in/", sent)
    assert page.status_code == 422
    assert "2 questions have no answer: 1, 4." in page.content.decode()
    assert not Answer.objects.exists()
    visitor.post(f"{exam.get_absolute_url()}hand-in/", {**sent, "do": "anyway"})
    exam.refresh_from_db()
    assert exam.score == 62.5
    assert Answer.objects.count() == 6
    assert "Not answered." in visitor.get(exam.get_absolute_url()).content.decode()


def test_one_wrong_field_among_all_records_nothing_and_loses_nothing(visitor: Client, exam: Attempt) -> None:
    item = item_of(exam, "number")
    sent = {**whole_form(exam), f"q{item.place}-text": "soon"}
    page = visitor.post(f"{exam.get_absolute_url()}hand-in/", {**sent, "do": "anyway"})
    text = page.content.decode()
    assert page.status_code == 422
    assert "Look at these first: 5." in text
    assert 'value="soon"' in text
    assert 'value="KEYWORD timeout"' in text
    assert not Answer.objects.exists()


def test_handing_in_early_counts_what_is_left_as_nothing(visitor: Client, attempt: Attempt) -> None:
    visitor.post(f"{attempt.get_absolute_url()}hand-in/", {"do": "anyway"})
    attempt.refresh_from_db()
    assert attempt.score == 0
    assert not attempt.is_open


def test_nobody_but_the_owner_finds_an_attempt(client: Client, attempt: Attempt) -> None:
    other = User.objects.create_user(email="tom@example.org", password="visibility timeout")
    instructor = User.objects.create_user(
        email="ines@example.org", password="visibility timeout", role=User.Role.INSTRUCTOR
    )
    url = attempt.get_absolute_url()
    item = item_of(attempt, "one")
    for person in (None, other, instructor):
        if person is not None:
            client.force_login(person)
        assert client.get(url).status_code == 404
        for address in (
            f"{url}1/answer/",
            f"{url}1/hint/",
            f"{url}1/draft/",
            f"{url}1/mark/",
            f"{url}hand-in/",
        ):
            assert client.post(address, form(item, {"pick": ["1"]})).status_code == 403
    assert not Answer.objects.exists()
    assert not Draft.objects.exists()
    assert item_of(attempt, "one").hints_shown == 0


@pytest.mark.parametrize("place", [0, 9, 99999])
def test_a_question_that_is_not_there_is_not_found(visitor: Client, attempt: Attempt, place: int) -> None:
    assert visitor.post(f"{attempt.get_absolute_url()}{place}/answer/", {}).status_code == 404


def test_unknown_and_unpublished_quizzes_are_not_found(client: Client, quiz: Quiz) -> None:
    Quiz.objects.update(is_published=False)
    assert client.get(quiz.get_absolute_url()).status_code == 404
    assert client.get("/quizzes/nothing/").status_code == 404
    assert client.post("/quizzes/nothing/", {"mode": "one"}).status_code == 404


def test_an_attempt_can_be_read_when_its_quiz_is_gone(visitor: Client, attempt: Attempt) -> None:
    Quiz.objects.update(is_published=False)
    assert visitor.get(attempt.get_absolute_url()).status_code == 200


def test_what_is_only_read_takes_no_post_and_what_writes_no_get(visitor: Client, attempt: Attempt) -> None:
    url = attempt.get_absolute_url()
    assert visitor.post(url).status_code == 405
    assert visitor.get(f"{url}1/answer/").status_code == 405
    assert visitor.put(f"{url}hand-in/").status_code == 405


def test_no_page_needs_more_than_six_queries(
    visitor: Client, attempt: Attempt, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for question in ("one", "word"):
        item = item_of(attempt, question)
        attempt.record(item, [1] if question == "one" else "x", uuid.uuid4())
    finished = Attempt.objects.begin(attempt.learner, attempt.quiz, "one", 2)
    finished.record(item_of(finished, "one"), [1], uuid.uuid4())
    finished.hand_in()
    exam = Attempt.objects.begin(attempt.learner, attempt.quiz, "all", 3)
    addresses = ["/quizzes/", attempt.quiz.get_absolute_url()]
    addresses += [one.get_absolute_url() for one in (attempt, finished, exam)]
    for address in addresses:
        with django_assert_max_num_queries(6):  # type: ignore[attr-defined]
            assert visitor.get(address).status_code == 200
