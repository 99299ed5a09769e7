"""A number committed before a run; the learner's own run decides."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from labs.models import Lab, LabRevision, Run
from quizzes.models import Answer, Attempt
from quizzes.tests.conftest import form, item_of
from sandbox.protocol import Outcome

pytestmark = pytest.mark.db


@pytest.fixture
def lab(db: None) -> Lab:
    lab = Lab.objects.create(slug="acks-and-crashes", title="Acks")
    lab.revision = LabRevision.objects.create(lab=lab, digest="d", definition={})
    lab.save()
    return lab


@pytest.fixture
def finish(
    lab: Lab, learner: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> Callable[..., Run]:
    """A run of the lab that reached its end."""

    def finished(starts: float | None = 3, outcome: Outcome = Outcome.FAILED_CHECKS, **fields: Any) -> Run:
        values = {"knobs": {"pages": 9}, "learner": learner, **fields}
        run = Run.objects.create(lab=lab, revision=lab.current, **values)
        with django_capture_on_commit_callbacks(execute=True):
            assert run.end(outcome, lines=[], measures={"starts": starts})
        return run

    return finished


@pytest.fixture
def committed(attempt: Attempt) -> Answer:
    """The learner predicted three starts."""
    return attempt.record(item_of(attempt, "guess"), "3", uuid.uuid4())


def grade_of(answer: Answer) -> Any:
    return Answer.objects.get(pk=answer.pk).grade


def test_a_prediction_waits_for_a_run_and_then_is_graded(
    committed: Answer, finish: Callable[..., Run]
) -> None:
    assert grade_of(committed) is None
    run = finish()
    assert grade_of(committed).score == 1
    assert grade_of(committed).evidence == {"measured": 3, "run": str(run.pk)}


def test_a_run_that_shows_another_number_proves_the_prediction_wrong(
    committed: Answer, finish: Callable[..., Run]
) -> None:
    finish(4)
    assert grade_of(committed).score == 0


@pytest.mark.parametrize(
    "other",
    [
        {"knobs": {"pages": 5}},
        {"files": {"tasks.py": "changed"}},
        {"queued_at": timezone.now() - timedelta(hours=1)},
        {"starts": None},
        {"outcome": Outcome.ERROR},
        {"outcome": Outcome.CANCELLED},
    ],
)
def test_a_run_under_other_conditions_decides_nothing(
    committed: Answer, finish: Callable[..., Run], other: dict[str, Any]
) -> None:
    finish(**other)
    assert grade_of(committed) is None
    finish(3)
    assert grade_of(committed).score == 1


def test_somebody_else_s_run_decides_nothing(committed: Answer, finish: Callable[..., Run]) -> None:
    finish(learner=User.objects.create_guest())
    assert grade_of(committed) is None


def test_the_first_run_decides_and_later_ones_do_not(committed: Answer, finish: Callable[..., Run]) -> None:
    finish(4)
    finish(3)
    assert grade_of(committed).score == 0
    assert committed.grades.count() == 1


def test_a_late_grade_can_still_pass_the_quiz(attempt: Attempt, finish: Callable[..., Run]) -> None:
    for question, response in (
        ("one", [1]),
        ("several", [0, 1]),
        ("claim", [1]),
        ("word", "keyword timeout"),
    ):
        attempt.record(item_of(attempt, question), response, uuid.uuid4())
    attempt.record(item_of(attempt, "guess"), "3", uuid.uuid4())
    attempt.hand_in()
    attempt.refresh_from_db()
    assert (attempt.score, attempt.passed_at) == (50.0, None)
    finish()
    attempt.refresh_from_db()
    assert attempt.score == 62.5
    assert attempt.passed_at is not None


def test_the_page_says_what_it_waits_for_and_later_what_was_measured(
    visitor: Client, attempt: Attempt, finish: Callable[..., Run]
) -> None:
    item = item_of(attempt, "guess")
    page = visitor.post(f"{attempt.get_absolute_url()}8/answer/", form(item, {"text": ["1"]}), follow=True)
    assert "Waiting for your run." in page.content.decode()
    assert "/labs/acks-and-crashes/" in page.content.decode()
    run = finish()
    text = visitor.get(f"{attempt.get_absolute_url()}?q=8").content.decode()
    assert "Not right." in text
    assert "You predicted 1 starts, your run measured 3 starts" in text
    assert "FEEDBACK once" in text
    assert str(run.pk) in text


def test_a_committed_prediction_cannot_be_changed(
    visitor: Client, attempt: Attempt, committed: Answer
) -> None:
    item = item_of(attempt, "guess")
    visitor.post(f"{attempt.get_absolute_url()}8/answer/", form(item, {"text": ["99"]}))
    assert Answer.objects.get().response == "3"
