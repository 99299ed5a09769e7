"""The review of a question that was handed in without an answer shows what the right answer was."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from quizzes.models import Attempt, Quiz
from quizzes.tests.conftest import form, item_of
from quizzes.tests.test_marking import TEXT

pytestmark = pytest.mark.db


def review(visitor: Client, attempt: Attempt, question: str) -> str:
    attempt.hand_in()
    place = item_of(attempt, question).place
    page = " ".join(visitor.get(f"{attempt.get_absolute_url()}?q={place}").content.decode().split())
    found = re.search(rf'<section class="question" id="q{place}".*?</section>', page)
    assert found
    assert "Not answered." in found[0]
    assert "Your answer" not in found[0]
    return found[0]


@pytest.mark.parametrize(("question", "right"), [("one", 1), ("several", 2), ("claim", 1)])
def test_options_are_shown_with_the_right_ones(
    visitor: Client, attempt: Attempt, question: str, right: int
) -> None:
    text = review(visitor, attempt, question)
    options = item_of(attempt, question).revision.definition["options"]
    assert text.count('class="opt done') == len(options)
    assert len(re.findall(r"opt done good\b", text)) == right
    assert text.count("</svg>Right</span>") == right
    assert "FEEDBACK" in text


def test_the_listing_is_shown_with_its_line(visitor: Client, attempt: Attempt) -> None:
    text = review(visitor, attempt, "line")
    assert text.count('class="marked-line ') == 2
    assert text.count('class="marked-line missed"') == 1
    assert "Line 2</b>" not in text
    assert "FEEDBACK two" in text


def test_the_steps_are_shown_in_the_right_order(visitor: Client, attempt: Attempt) -> None:
    text = review(visitor, attempt, "order")
    steps = ["It is sent", "It is taken", "It is acknowledged", "It is gone"]
    assert [text.index(step) for step in steps] == sorted(text.index(step) for step in steps)
    assert "The right order" in text
    assert "Your order" not in text
    assert "belongs at" not in text


def test_the_number_and_the_accepted_words_are_shown(visitor: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "number")
    wanted = item.variant.number(item.revision.definition["answer"])
    text = review(visitor, attempt, "number")
    assert "The answer" in text
    assert f'<span class="num">{wanted}</span>' in text
    assert "KEYWORD timeout" in review(visitor, attempt, "word")


def test_the_model_answer_and_the_rubric_are_shown(
    load: Callable[..., Quiz], learner: User, visitor: Client
) -> None:
    attempt = Attempt.objects.begin(learner, load(TEXT, "open"), Attempt.Mode.ONE_AT_A_TIME, 1)
    text = review(visitor, attempt, "why")
    assert "MODEL" in text
    assert "RUBRIC A" in text
    assert "as you marked it" not in text
    assert "<form" not in text


def test_a_prediction_has_no_right_number_without_a_run(visitor: Client, attempt: Attempt) -> None:
    text = review(visitor, attempt, "guess")
    assert "You predicted" not in text
    assert "EXPLAINED guess" in text


def test_the_line_of_steps_tells_blank_questions_from_wrong_ones(visitor: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "claim")
    visitor.post(f"{attempt.get_absolute_url()}{item.place}/answer/", form(item, {"pick": ["0"]}))
    attempt.hand_in()
    page = " ".join(visitor.get(attempt.get_absolute_url()).content.decode().split())
    classes = re.findall(r'<li class="(\w+)"><a href="[^"]*#q\d"', page)
    assert classes == ["blank", "blank", "wrong", "blank", "blank", "blank", "blank", "blank"]
    sheet = (Path(__file__).parents[1] / "static/quizzes/quizzes.css").read_text()
    coloured, forced = sheet.split("@media (forced-colors: active)")
    for part in (coloured, forced):
        looks = [re.search(rf"\.steps (?:li)?\.{name}\S* {{([^}}]*)}}", part) for name in ("blank", "wrong")]
        assert looks[0]
        assert looks[1]
        assert looks[0][1] != looks[1][1]
