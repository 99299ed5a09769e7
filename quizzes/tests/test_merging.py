"""A guest logs in to an account that has attempts of its own."""

import uuid

import pytest

from accounts.guests.merging import merge
from accounts.models import User
from quizzes.models import Answer, Attempt, Draft, QuestionRevision, Quiz
from quizzes.tests.conftest import item_of

pytestmark = pytest.mark.db


@pytest.fixture
def guest(db: None) -> User:
    return User.objects.create_guest()


def test_a_guest_keeps_attempts_answers_drafts_and_grades(quiz: Quiz, guest: User, learner: User) -> None:
    attempt = Attempt.objects.begin(guest, quiz, "one", 1)
    attempt.record(item_of(attempt, "one"), [1], uuid.uuid4())
    Draft.objects.keep(item_of(attempt, "word"), {"text": ["typed"]}, 0)
    merge(guest, learner)
    mine = Attempt.objects.of(learner).get()
    assert mine.pk == attempt.pk
    assert Answer.objects.get().grade.score == 1  # type: ignore[union-attr]
    assert Draft.objects.get().fields == {"text": ["typed"]}


def test_numbers_of_attempts_go_on_where_the_user_s_end(quiz: Quiz, guest: User, learner: User) -> None:
    for number in (1, 2):
        Attempt.objects.begin(learner, quiz, "one", number)
    theirs = [Attempt.objects.begin(guest, quiz, "all", number).pk for number in (1, 2, 3)]
    merge(guest, learner)
    numbers = dict(Attempt.objects.of(learner).values_list("pk", "number"))
    assert sorted(numbers.values()) == [1, 2, 3, 4, 5]
    assert [numbers[pk] for pk in theirs] == [3, 4, 5]


def test_quick_checks_of_both_are_kept_apart_from_quizzes(quiz: Quiz, guest: User, learner: User) -> None:
    revision = QuestionRevision.objects.select_related("quiz").get(question="one")
    for person in (guest, learner):
        attempt = Attempt.objects.begin_quick(person, revision, 1)
        attempt.record(item_of(attempt, "one"), [1], uuid.uuid4())
        Attempt.objects.begin(person, quiz, "one", 1)
    merge(guest, learner)
    assert Attempt.objects.of(learner).quick().count() == 2
    assert Attempt.objects.of(learner).whole().count() == 2
    assert Answer.objects.count() == 2
    assert not User.objects.filter(pk=guest.pk).exists()
