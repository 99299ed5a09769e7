"""What an attempt records, and what it refuses to record twice."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from quizzes.models import Answer, Attempt, Draft, Grade, Quiz, SubmissionReused
from quizzes.signals import quiz_passed
from quizzes.tests.conftest import item_of, right_fields

pytestmark = pytest.mark.db


def answer_right(attempt: Attempt, question: str) -> Answer:
    item = item_of(attempt, question)
    response = item.revision.grader.read(item.revision.definition, item.variant, right_fields(item))
    return attempt.record(item, response, uuid.uuid4())


def test_starting_twice_with_the_same_number_is_one_attempt(quiz: Quiz, learner: User) -> None:
    first = Attempt.objects.begin(learner, quiz, "one", 1)
    assert Attempt.objects.begin(learner, quiz, "all", 1) == first
    assert Attempt.objects.begin(learner, quiz, "all", 2).number == 2
    assert Attempt.objects.begin(learner, quiz, "all", 99).number == 3


def test_each_question_of_an_attempt_has_a_seed_of_its_own(attempt: Attempt) -> None:
    assert len(set(attempt.items.values_list("seed", flat=True))) > 4


def test_a_double_click_is_one_answer(attempt: Attempt) -> None:
    item, submission = item_of(attempt, "one"), uuid.uuid4()
    first = attempt.record(item, [1], submission, 3)
    assert attempt.record(item, [1], submission, 3) == first
    assert Answer.objects.count() == Grade.objects.count() == 1


def test_a_second_answer_from_another_tab_gives_back_the_first(attempt: Attempt) -> None:
    item = item_of(attempt, "one")
    first = attempt.record(item, [1], uuid.uuid4())
    assert attempt.record(item, [0], uuid.uuid4()) == first
    assert Answer.objects.get().response == [1]


def test_the_id_of_a_form_cannot_answer_two_questions(attempt: Attempt) -> None:
    submission = uuid.uuid4()
    attempt.record(item_of(attempt, "one"), [1], submission)
    with pytest.raises(SubmissionReused):
        attempt.record(item_of(attempt, "claim"), [1], submission)
    assert Answer.objects.count() == 1


def test_answers_and_grades_are_written_once(attempt: Attempt) -> None:
    answer = answer_right(attempt, "one")
    for row in (answer, Grade.objects.get()):
        with pytest.raises(TypeError, match="append-only"):
            row.save()


def test_an_answer_remembers_confidence_and_hints(attempt: Attempt) -> None:
    item = item_of(attempt, "one")
    for _ in range(5):
        item.show_hint()
    answer = attempt.record(item, [1], uuid.uuid4(), Answer.Confidence.CERTAIN)
    assert (answer.confidence, answer.hints_shown) == (3, 2)


def test_the_draft_goes_when_the_answer_comes(attempt: Attempt) -> None:
    item = item_of(attempt, "one")
    Draft.objects.keep(item, {"pick": ["0"]}, 0)
    attempt.record(item, [1], uuid.uuid4())
    assert not Draft.objects.exists()


def test_the_last_answer_finishes_the_attempt_and_a_waiting_one_counts_nothing(attempt: Attempt) -> None:
    for question in ("one", "several", "claim", "word", "number", "order", "line"):
        answer_right(attempt, question)
        attempt.refresh_from_db()
        assert attempt.is_open
    answer_right(attempt, "guess")
    attempt.refresh_from_db()
    assert attempt.finished_at is not None
    assert attempt.score == 87.5


def test_a_pass_is_told_once_to_the_rooms_above(
    attempt: Attempt, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    heard: list[tuple[User, str]] = []

    def listener(learner: User, slug: str, attempt: Attempt, **_: Any) -> None:
        heard.append((learner, slug))

    quiz_passed.connect(listener)
    try:
        for question in ("one", "several", "claim", "word", "number"):
            answer_right(attempt, question)
        attempt.hand_in()
        attempt.hand_in()
        attempt.reckon()
    finally:
        quiz_passed.disconnect(listener)
    assert heard == [(attempt.learner, "every-kind")]
    attempt.refresh_from_db()
    assert attempt.score == 62.5
    assert attempt.passed_at is not None


def test_below_the_pass_mark_nothing_is_told(attempt: Attempt) -> None:
    answer_right(attempt, "one")
    attempt.hand_in()
    attempt.refresh_from_db()
    assert attempt.score == 12.5
    assert attempt.passed_at is None


def test_an_answer_after_handing_in_changes_no_score(attempt: Attempt) -> None:
    attempt.hand_in()
    finished = Attempt.objects.get().finished_at
    attempt.hand_in()
    assert Attempt.objects.get().finished_at == finished


def test_a_draft_that_another_tab_changed_is_not_overwritten(attempt: Attempt) -> None:
    item = item_of(attempt, "word")
    _draft, ours = Draft.objects.keep(item, {"text": ["a"]}, 0)
    assert ours
    draft, ours = Draft.objects.keep(item, {"text": ["ab"]}, 1)
    assert (draft.version, ours) == (2, True)
    draft, ours = Draft.objects.keep(item, {"text": ["other tab"]}, 1)
    assert (draft.fields, draft.version, ours) == ({"text": ["ab"]}, 2, False)
    _draft, ours = Draft.objects.keep(item, {"text": ["ab"]}, 1)
    assert ours
