"""The number that is shown is the number that is judged; marks and points agree with each other."""

import importlib
from collections.abc import Callable

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from accounts.models import User
from quizzes.models import Attempt, Quiz, whole_percent
from quizzes.tests.conftest import answer_right, form, item_of
from quizzes.tests.test_open import TEXT

pytestmark = pytest.mark.db


@pytest.mark.parametrize(
    ("score", "shown"),
    [(0, 0), (0.49, 0), (33.33, 33), (66.5, 67), (66.49, 66), (66.67, 67), (65.5, 66), (100, 100)],
)
def test_half_a_percent_is_rounded_up(score: float, shown: int) -> None:
    assert whole_percent(score) == shown


def judged(learner: User, quiz: Quiz, score: float, mark: int) -> Attempt:
    """An attempt with that score in a quiz with that pass mark, as an older version judged it."""
    attempt = Attempt.objects.begin(learner, quiz, "one", 1)
    type(attempt.revision).objects.filter(pk=attempt.revision_id).update(pass_mark=mark)  # type: ignore[union-attr]
    Attempt.objects.filter(pk=attempt.pk).update(score=score, finished_at=timezone.now())
    attempt.refresh_from_db()
    return attempt


@pytest.mark.parametrize(("mark", "passed"), [(62, True), (63, True), (64, False)])
def test_what_is_shown_is_what_is_judged(visitor: Client, attempt: Attempt, mark: int, passed: bool) -> None:
    type(attempt.revision).objects.filter(pk=attempt.revision_id).update(pass_mark=mark)  # type: ignore[union-attr]
    for question in ("one", "several", "claim", "word", "number"):
        answer_right(attempt, question)
    attempt = Attempt.objects.get(pk=attempt.pk)
    attempt.hand_in()
    assert attempt.score == 62.5
    page = visitor.get(attempt.get_absolute_url()).content.decode()
    assert ("63 %, passed" if passed else "63 %, not passed") in page


@pytest.mark.parametrize(("score", "passed"), [(66.67, True), (66.5, True), (66.49, False), (33.33, False)])
def test_attempts_of_before_are_judged_again_by_what_is_shown(
    learner: User, quiz: Quiz, score: float, passed: bool
) -> None:
    attempt = judged(learner, quiz, score, 67)
    importlib.import_module("quizzes.migrations.0005_pass_by_the_shown_score").pass_again(apps, None)
    attempt.refresh_from_db()
    assert (attempt.passed_at is not None) == passed


@pytest.fixture
def explained(load: Callable[..., Quiz], learner: User) -> Attempt:
    return Attempt.objects.begin(learner, load(TEXT, "open"), Attempt.Mode.ONE_AT_A_TIME, 1)


@pytest.mark.parametrize(
    ("marks", "verdict"),
    [
        (("1", "1"), "Right. 3 of 3 points."),
        (("0.5", "1"), "67 % right. 2 of 3 points."),
        (("0", "0"), "Not right. 0 of 3"),
    ],
)
def test_a_rubric_s_points_are_the_author_s(
    visitor: Client, explained: Attempt, marks: tuple[str, str], verdict: str
) -> None:
    url = explained.get_absolute_url()
    visitor.post(f"{url}1/answer/", form(item_of(explained, "why"), {"text": ["words"]}))
    sent = {f"q1-point-{place}": mark for place, mark in enumerate(marks)}
    page = visitor.post(f"{url}1/mark/", sent, follow=True).content.decode()
    assert verdict in page
    if marks == ("1", "1"):
        assert "2 of 2" in page
        assert 'class="explain explain--good"' in page
        assert "is-part" not in page
        assert "is-failed" not in page


def test_code_in_an_answer_keeps_its_indentation(visitor: Client, explained: Attempt) -> None:
    code = "    if late:\r\n        retry()\r\n\r\n\tend"
    url = explained.get_absolute_url()
    visitor.post(f"{url}1/answer/", form(item_of(explained, "why"), {"text": [f"\r\n{code}\r\n\r\n"]}))
    page = visitor.get(f"{url}?q=1").content.decode()
    assert '<div class="written">' + code.replace("\r\n", "\n") + "</div>" in page


def test_the_text_of_a_second_tab_is_shown_beside_the_answer_that_stands(
    visitor: Client, explained: Attempt
) -> None:
    url, item = f"{explained.get_absolute_url()}1/answer/", item_of(explained, "why")
    visitor.post(url, form(item, {"text": ["first"]}))
    part = visitor.post(
        url, form(item, {"text": ["second"]}), headers={"HX-Request": "true"}
    ).content.decode()
    assert "The first answer stands." in part
    assert '<div class="written">second</div>' in part


def test_what_an_earlier_version_saved_and_did_not_count_is_shown_after_the_hand_in(
    visitor: Client, explained: Attempt
) -> None:
    url = explained.get_absolute_url()
    visitor.post(
        f"{url}1/draft/",
        {"q1-text": "half a thought", "version": "0"},
        headers={"Accept": "application/json"},
    )
    explained.hand_in()
    page = visitor.get(url).content.decode()
    assert "Not answered." in page
    assert "half a thought" in page
