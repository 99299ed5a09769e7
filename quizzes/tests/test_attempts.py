"""What an attempt records, and what it refuses to record twice."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from quizzes.models import Answer, Attempt, AttemptFinished, Draft, Grade, Quiz, SubmissionReused
from quizzes.models.querysets import MOST_A_DAY
from quizzes.signals import quiz_passed
from quizzes.tests.conftest import answer_right, item_of

pytestmark = pytest.mark.db


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


def test_a_pass_is_announced_once_and_after_the_commit(
    attempt: Attempt, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    heard: list[tuple[User, str]] = []

    def listener(learner: User, slug: str, attempt: Attempt, **_: Any) -> None:
        heard.append((learner, slug))

    quiz_passed.connect(listener)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            for question in ("one", "several", "claim", "word", "number"):
                answer_right(attempt, question)
            attempt.hand_in()
            attempt.hand_in()
            attempt.update_score()
            assert heard == []
    finally:
        quiz_passed.disconnect(listener)
    assert heard == [(attempt.learner, "every-kind")]
    attempt.refresh_from_db()
    assert attempt.score == 62.5
    assert attempt.passed_at is not None


def test_below_the_pass_mark_an_attempt_is_not_passed(attempt: Attempt) -> None:
    answer_right(attempt, "one")
    attempt.hand_in()
    attempt.refresh_from_db()
    assert attempt.score == 12.5
    assert attempt.passed_at is None


def test_an_answer_after_handing_in_is_refused_and_changes_no_score(attempt: Attempt) -> None:
    answer_right(attempt, "one")
    item = item_of(attempt, "several")
    Attempt.objects.get(pk=attempt.pk).hand_in()  # as another tab does; `attempt` keeps its old state
    with pytest.raises(AttemptFinished):
        attempt.record(item, [0, 1], uuid.uuid4())
    attempt.update_score()
    assert Answer.objects.count() == 1
    assert Attempt.objects.get().score == 12.5


def test_handing_in_twice_changes_nothing(attempt: Attempt) -> None:
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


def test_a_learner_has_at_most_three_attempts_at_a_quiz_open(visitor: Client, quiz: Quiz) -> None:
    pages = [
        visitor.post(f"/quizzes/{quiz.slug}/", {"mode": "one", "number": str(number)}, follow=True)
        for number in range(1, 9)
    ]
    assert Attempt.objects.count() == 3
    assert [page.redirect_chain[-1][0] for page in pages[2:]] == [pages[2].redirect_chain[-1][0]] * 6
    assert "as many attempts under way as one may have" in pages[3].content.decode()
    assert "as many attempts" not in pages[2].content.decode()


def test_a_learner_begins_at_most_forty_attempts_at_a_quiz_a_day(visitor: Client, quiz: Quiz) -> None:
    for number in range(1, 45):
        visitor.post(f"/quizzes/{quiz.slug}/", {"mode": "one", "number": str(number)})
        Attempt.objects.filter(finished_at=None).update(finished_at=timezone.now())
    assert Attempt.objects.count() == MOST_A_DAY
    Attempt.objects.update(started_at=timezone.now() - timedelta(days=2))
    visitor.post(f"/quizzes/{quiz.slug}/", {"mode": "one", "number": "99"})
    assert Attempt.objects.count() == MOST_A_DAY + 1
