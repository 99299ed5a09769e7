"""What a number is read as is shown before it is locked."""

import re
import uuid

import pytest
from django.test import Client

from accounts.models import User
from quizzes.models import Answer, Attempt, Quiz
from quizzes.tests.conftest import form, item_of

pytestmark = pytest.mark.db
HTMX = {"HX-Request": "true"}


def send(client: Client, attempt: Attempt, what: str, question: str, text: str, **more: str) -> str:
    item = item_of(attempt, question)
    sent = form(item, {"text": [text]}, **{f"q{item.place}-{name}": value for name, value in more.items()})
    url = f"{attempt.get_absolute_url()}{item.place}/{what}/"
    return client.post(url, sent, headers=HTMX).content.decode()


@pytest.mark.parametrize("text", ["0,125", "1.25e-1", "1/8", "０.125"])
@pytest.mark.parametrize("question", ["number", "guess"])
def test_a_number_is_read_back_while_it_is_typed(
    visitor: Client, attempt: Attempt, question: str, text: str
) -> None:
    assert "<strong>0.125" in send(visitor, attempt, "read", question, text)
    assert not Answer.objects.exists()


@pytest.mark.parametrize("text", ["", "soon", "2,050"])
def test_what_cannot_be_read_is_not_read_back(visitor: Client, attempt: Attempt, text: str) -> None:
    assert "<strong>" not in send(visitor, attempt, "read", "guess", text)


def test_a_number_in_another_notation_is_locked_only_after_its_reading_was_shown(
    visitor: Client, attempt: Attempt
) -> None:
    page = send(visitor, attempt, "answer", "guess", "0,125")
    assert "is read as 0.125" in page
    assert not Answer.objects.exists()
    shown = page.partition('-read" value="')[2].partition('"')[0]
    send(visitor, attempt, "answer", "guess", "0,250", read=shown)
    assert not Answer.objects.exists()
    send(visitor, attempt, "answer", "guess", "0,125", read=shown)
    assert Answer.objects.get().response == "1/8"


def test_a_number_that_is_written_as_it_is_read_needs_no_second_look(
    visitor: Client, attempt: Attempt
) -> None:
    send(visitor, attempt, "answer", "guess", " 3 ")
    assert Answer.objects.count() == 1


def test_in_a_whole_form_a_reading_is_shown_before_anything_is_recorded(
    visitor: Client, quiz: Quiz, learner: User
) -> None:
    exam = Attempt.objects.begin(learner, quiz, Attempt.Mode.ALL_AT_ONCE, 1)
    item = item_of(exam, "number")
    sent = form(item, {"text": ["0,125"]}, do="anyway")
    page = visitor.post(f"{exam.get_absolute_url()}hand-in/", sent).content.decode()
    assert "is read as 0.125" in page
    assert exam.is_open
    shown = page.partition(f'q{item.place}-read" value="')[2].partition('"')[0]
    visitor.post(f"{exam.get_absolute_url()}hand-in/", {**sent, f"q{item.place}-read": shown})
    exam.refresh_from_db()
    assert not exam.is_open
    assert Answer.objects.get().response == "1/8"


def test_a_quick_check_reads_back_for_a_visitor_without_a_row(client: Client, quiz: Quiz) -> None:
    sent = {"check-every-kind-number-text": "0,125", "check-every-kind-number-submission": str(uuid.uuid4())}
    page = client.post("/quizzes/every-kind/number/read/", sent, headers=HTMX).content.decode()
    assert "<strong>0.125" in page
    assert not User.objects.exists()


@pytest.mark.parametrize("text", ["4 to 5", "~4", "four", "1h 40min", "1:40"])
@pytest.mark.parametrize("question", ["number", "guess"])
def test_a_text_that_is_no_number_is_said_to_be_none_while_it_is_typed(
    visitor: Client, attempt: Attempt, question: str, text: str
) -> None:
    refused = send(visitor, attempt, "answer", question, text)
    said = re.search(r"data-error>.*?</svg> (.*?)</p>", refused, re.DOTALL)
    assert said
    page = send(visitor, attempt, "read", question, text)
    assert said[1] in page
    assert "Read as" not in page
    assert send(visitor, attempt, "read", question, " ").strip() == ""
