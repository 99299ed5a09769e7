"""What happens to a guest's attempts when the guest logs in to an account that has attempts of its own."""

from __future__ import annotations

from collections import defaultdict

from accounts.guests.merging import merger
from accounts.models import User
from quizzes.models import Attempt


@merger
def give_attempts(guest: User, user: User) -> None:
    """The user gets every attempt with its drafts, answers and grades.

    A number counts one learner's attempts at one thing, so the guest's go on where the user's end. Which of
    two open attempts is resumed is the reader's choice: the quiz's page lists both.
    """
    latest: dict[tuple[int, str], int] = defaultdict(int)
    for quiz, question, number in Attempt.objects.filter(learner=user).values_list(
        "quiz", "question", "number"
    ):
        latest[quiz, question] = max(latest[quiz, question], number)
    for attempt in Attempt.objects.filter(learner=guest).order_by("number"):
        key = (attempt.quiz_id, attempt.question)
        latest[key] += 1
        Attempt.objects.filter(pk=attempt.pk).update(learner=user, number=latest[key])
