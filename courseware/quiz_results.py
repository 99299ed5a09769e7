"""Results of quizzes as the course shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max

from quizzes.models import Attempt

if TYPE_CHECKING:
    from accounts.models import User


def quiz_percents(learner: User | None) -> dict[str, int]:
    """The best finished attempt at each whole quiz, in whole percent, by the quiz's slug; one query, none for nobody."""
    if learner is None:
        return {}
    attempts = Attempt.objects.of(learner).whole().filter(score__isnull=False).order_by()
    best = attempts.values_list("quiz__slug").annotate(best=Max("score"))
    return {slug: int(score) for slug, score in best}
