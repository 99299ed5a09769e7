"""What the site keeps about a learner, as plain data for them to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils import timezone

from courseware.models import LessonProgress, PassageNote

if TYPE_CHECKING:
    from accounts.models import User

PROGRESS = ("section", "position", "furthest", "started_at", "visited_at", "completed_at")
NOTES = ("kind", "section", "quote", "body", "created_at", "handled_at")


def record_of(learner: User | None) -> dict[str, Any]:
    """All records of a learner by room; dates are ISO 8601 in UTC once they are JSON."""
    if learner is None:
        return {"exported_at": timezone.now(), "learner": None}
    return {
        "exported_at": timezone.now(),
        "learner": {
            "email": None if learner.is_guest else learner.email,
            "name": learner.name,
            "joined": learner.date_joined,
        },
        "lessons": list(
            LessonProgress.objects.filter(learner=learner)
            .order_by("lesson__number")
            .values(*PROGRESS, slug=F("lesson__slug"))
        ),
        "notes": list(
            PassageNote.objects.filter(learner=learner).order_by("created_at").values(*NOTES, slug=F("lesson__slug"))
        ),
    }
