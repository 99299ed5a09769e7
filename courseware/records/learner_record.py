"""Everything that the site stores about a learner, as plain data to download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils import timezone

from accounts.models import ApiToken
from courseware.models import LessonProgress, PassageNote
from labs.models import Run
from quizzes.models import Answer, Attempt

if TYPE_CHECKING:
    from accounts.models import User

PROGRESS = ("section", "position", "furthest", "started_at", "visited_at", "completed_at")
NOTES = ("kind", "section", "quote", "body", "created_at", "handled_at")
ATTEMPTS = ("id", "question", "number", "mode", "started_at", "finished_at", "passed_at", "score")
ANSWERS = ("response", "confidence", "answered_at")
RUNS = (
    "id",
    "files",
    "knobs",
    "prediction",
    "seed",
    "outcome",
    "reason",
    "queued_at",
    "ended_at",
    "checks",
    "measures",
)
TOKENS = ("name", "prefix", "made_at", "last_used_at", "revoked_at")


def record_of(learner: User | None) -> dict[str, Any]:
    """All records of a learner by kind, without secrets. Dates become ISO 8601 in UTC as JSON."""
    if learner is None:
        return {"exported_at": timezone.now(), "learner": None}
    mine: dict[str, Any] = {"learner": learner}
    return {
        "exported_at": timezone.now(),
        "learner": {
            "email": None if learner.is_guest else learner.email,
            "name": learner.name,
            "time_zone": learner.time_zone,
            "joined": learner.date_joined,
            "tokens": list(ApiToken.objects.filter(user=learner).order_by("made_at").values(*TOKENS)),
        },
        "lessons": list(
            LessonProgress.objects.filter(**mine)
            .order_by("lesson__number")
            .values(*PROGRESS, slug=F("lesson__slug"))
        ),
        "notes": list(
            PassageNote.objects.filter(**mine).order_by("created_at").values(*NOTES, slug=F("lesson__slug"))
        ),
        "attempts": list(
            Attempt.objects.filter(**mine).order_by("started_at").values(*ATTEMPTS, slug=F("quiz__slug"))
        ),
        "answers": list(
            Answer.objects.filter(item__attempt__learner=learner)
            .order_by("answered_at")
            .values(*ANSWERS, attempt=F("item__attempt"), question=F("item__revision__question"))
        ),
        "runs": list(Run.objects.of(learner).order_by("queued_at").values(*RUNS, slug=F("lab__slug"))),
    }
