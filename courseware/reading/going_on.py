"""What a learner left open last: a lesson, an attempt at a quiz, or a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.db.models import BigAutoField, Max
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.pages.prepared_reads import Given, PreparedRead
from labs.models import Run
from labs.models.querysets import ENDED
from quizzes.models import Attempt

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User
    from courseware.reading.course_map import CourseMap


@dataclass(frozen=True)
class OpenThing:
    """One thing to go on with. `at` is when the learner last did something there."""

    kind: Literal["quiz", "run", "lab"]
    title: str
    url: str
    at: datetime


def newest_open(learner: User | None, course: CourseMap) -> OpenThing | None:
    """The open attempt, live run, or lab not passed yet that was used after the lesson in `course.here`.

    None if the lesson itself is the newest, or nothing is open. Two queries, none without a learner.
    """
    if learner is None:
        return None
    found = [thing for thing in (_attempt(learner), _run(learner, course)) if thing]
    newest = max(found, key=lambda thing: thing.at, default=None)
    read = course.here.visited_at if course.here else None
    return newest if newest and (read is None or newest.at > read) else None


_OPEN_ATTEMPT = PreparedRead(
    lambda: (
        Attempt.objects.whole()
        .open()
        .filter(learner=Given("learner", BigAutoField()), quiz__is_published=True)
        .annotate(used=Coalesce(Max("items__answer__answered_at"), "started_at"))
        .order_by("-used")
        .values_list("pk", "quiz__title", "used")[:1]
    )
)
_LAST_RUN = PreparedRead(
    lambda: (
        Run.objects.filter(learner=Given("learner", BigAutoField()), lab__published=True)
        .order_by("-queued_at")
        .values_list("pk", "state", "queued_at", "lab__slug", "lab__title")[:1]
    )
)


def _attempt(learner: User) -> OpenThing | None:
    row = _OPEN_ATTEMPT.row(learner=learner.pk)
    return OpenThing("quiz", row[1], reverse("quizzes:attempt", args=[row[0]]), row[2]) if row else None


def _run(learner: User, course: CourseMap) -> OpenThing | None:
    """The last run while it is live, or its lab while that is not passed."""
    row = _LAST_RUN.row(learner=learner.pk)
    if row is None:
        return None
    pk, state, queued_at, slug, title = row
    if state != ENDED:
        return OpenThing("run", title, reverse("labs:run", args=[pk]), queued_at)
    if any(stop.lab and stop.lab.slug == slug and stop.lab.is_done for stop in course.stops):
        return None
    return OpenThing("lab", title, reverse("labs:lab", args=[slug]), queued_at)
