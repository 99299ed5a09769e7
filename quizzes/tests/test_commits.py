"""What two tabs do at once, and what a failing receiver cannot undo, with real transactions."""

import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from quizzes.models import Answer, Attempt, AttemptFinished, Grade, Quiz
from quizzes.signals import quiz_passed
from quizzes.tests.conftest import answer_right, item_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db]
PASSING = ("one", "several", "claim", "word", "number")


def wait_for_lock(other: Future[Any]) -> None:
    """Return as soon as the other thread waits for our lock, or ended without waiting."""
    with connection.cursor() as cursor:
        while connection.vendor == "postgresql" and not other.done():
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return


def in_a_thread(threads: ThreadPoolExecutor, act: Any, *arguments: Any) -> Future[Any]:
    def acting() -> Any:
        try:
            return act(*arguments)
        finally:
            connection.close()

    return threads.submit(acting)


def test_an_answer_that_meets_the_hand_in_of_another_tab_is_refused(attempt: Attempt) -> None:
    item = item_of(attempt, "one")
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Attempt.objects.get(pk=attempt.pk).hand_in()
            late = in_a_thread(threads, attempt.record, item, [1], uuid.uuid4())
            wait_for_lock(late)
        with pytest.raises(AttemptFinished):
            late.result()
    assert not Answer.objects.exists()
    assert Attempt.objects.get().score == 0


def test_a_hand_in_that_meets_an_answer_counts_the_answer(attempt: Attempt) -> None:
    item = item_of(attempt, "one")
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            attempt.record(item, [1], uuid.uuid4())
            handed_in = in_a_thread(threads, Attempt.objects.get(pk=attempt.pk).hand_in)
            wait_for_lock(handed_in)
        handed_in.result()
    assert Attempt.objects.get().score == 12.5


def test_two_evidences_at_once_make_one_grade(attempt: Attempt) -> None:
    answer = attempt.record(item_of(attempt, "guess"), "3", uuid.uuid4())
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            assert answer.grade_waiting({"measured": 3, "run": "first"})
            other = Answer.objects.select_related("item__attempt", "item__revision").get(pk=answer.pk)
            second = in_a_thread(threads, other.grade_waiting, {"measured": 4, "run": "second"})
            wait_for_lock(second)
        assert second.result() is False
    assert Grade.objects.get().evidence["run"] == "first"


@pytest.fixture
def failing_listener() -> Iterator[list[Quiz]]:
    """A receiver of `quiz_passed` that breaks its own database work."""
    heard = []

    def listener(attempt: Attempt, **_: Any) -> None:
        heard.append(attempt.quiz)
        Quiz.objects.create(slug=attempt.quiz.slug, title="the address is taken")

    quiz_passed.connect(listener)
    yield heard
    quiz_passed.disconnect(listener)


def test_a_failing_listener_undoes_no_answer_and_no_score(
    attempt: Attempt, failing_listener: list[Quiz], caplog: pytest.LogCaptureFixture
) -> None:
    for question in PASSING:
        answer_right(attempt, question)
    attempt.hand_in()
    assert failing_listener == [attempt.quiz]
    assert "listener" in caplog.text
    stored = Attempt.objects.get()
    assert stored.passed_at is not None
    assert stored.score == attempt.score
    assert Answer.objects.count() == len(PASSING)


def test_a_pass_in_a_transaction_that_fails_is_announced_to_nobody(
    attempt: Attempt, failing_listener: list[Quiz]
) -> None:
    def passing_and_failing() -> None:
        with transaction.atomic():
            for question in PASSING:
                answer_right(attempt, question)
            attempt.hand_in()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        passing_and_failing()
    assert failing_listener == []
    assert Attempt.objects.get().passed_at is None
