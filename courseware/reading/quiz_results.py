"""Results of quizzes as the course shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import BigAutoField, Max

from accounts.pages.prepared_reads import Given, PreparedRead
from quizzes.models import Attempt, whole_percent

if TYPE_CHECKING:
    from accounts.models import User


_BEST = PreparedRead(
    lambda: (
        Attempt.objects.whole()
        .filter(learner=Given("learner", BigAutoField()), score__isnull=False)
        .order_by()
        .values_list("quiz__slug")
        .annotate(best=Max("score"))
    )
)


def quiz_percents(learner: User | None) -> dict[str, int]:
    """The best score of each quiz in whole percent, by the quiz's slug: one query, none without a learner."""
    if learner is None:
        return {}
    return {slug: whole_percent(score) for slug, score in _BEST.rows(learner=learner.pk)}
