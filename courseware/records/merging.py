"""What happens to a guest's progress and notes when the guest logs in to an existing account."""

from __future__ import annotations

from datetime import datetime

from accounts.guests.merging import merger
from accounts.models import User
from courseware.models import LessonProgress, PassageNote

FIRST = ("started_at", "end_reached_at", "quiz_passed_at", "lab_passed_at", "completed_at")
"""Of two dates the earlier one is kept: what was reached stays reached."""


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(filter(None, (one, other)), default=None)


@merger
def give_progress(guest: User, user: User) -> None:
    """One record for each lesson: the furthest position of both, the place of the later visit, and the
    earlier of each date.
    """
    own = {progress.lesson_id: progress for progress in LessonProgress.objects.filter(learner=user)}
    for brought in LessonProgress.objects.filter(learner=guest):
        kept = own.get(brought.lesson_id)
        if kept is None:
            LessonProgress.objects.filter(pk=brought.pk).update(learner=user)
            continue
        if brought.visited_at > kept.visited_at:
            kept.visited_at, kept.section, kept.position = (
                brought.visited_at,
                brought.section,
                brought.position,
            )
        kept.furthest = max(kept.furthest, brought.furthest)
        for name in FIRST:
            setattr(kept, name, _earlier(getattr(kept, name), getattr(brought, name)))
        kept.save()
        brought.delete()


@merger
def give_notes(guest: User, user: User) -> None:
    """Give every note, except those whose form the user has sent already."""
    sent = PassageNote.objects.filter(learner=user).values_list("submission", flat=True)
    PassageNote.objects.filter(learner=guest).exclude(submission__in=list(sent)).update(learner=user)
