"""Queries about labs and runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Self
from uuid import UUID

from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from sandbox.protocol import Outcome, State

if TYPE_CHECKING:
    from accounts.models import User
    from labs.models import Lab, Run

WORKING = (State.STARTING, State.RUNNING)
PASSED, ENDED = Outcome.PASSED, State.ENDED
FINISHED = (Outcome.PASSED, Outcome.FAILED_CHECKS, Outcome.RAN)
"""Outcomes of runs that finished by themselves, so that their measures mean something."""
QUEUE_PATIENCE = timedelta(minutes=15)
WAKE_AGAIN = timedelta(seconds=10)


class LabQuerySet(models.QuerySet["Lab"]):
    def published(self) -> Self:
        """Published labs, with their current revisions."""
        return self.filter(published=True, revision__isnull=False).select_related("revision")

    def without_definitions(self) -> Self:
        """Labs without their definitions, which are long. A definition is read when something asks for it."""
        return self.defer("revision__definition")

    def for_list(self) -> Self:
        """Labs in the order of the course, with only `budget` and `checks` of their definitions."""
        return (
            self._in_course_order()
            .without_definitions()
            .annotate(budget=F("revision__definition__budget"), checks=F("revision__definition__checks"))
        )

    def _in_course_order(self) -> Self:
        """Labs in the order of their lessons. Labs without a lesson come last."""
        return self.order_by(Case(When(place=0, then=1), default=0), "place", "slug")

    def named(self, slug: str) -> Lab | None:
        """The published lab of this slug."""
        return self.published().filter(slug=slug).first()


class RunQuerySet(models.QuerySet["Run"]):
    def live(self) -> Self:
        """Runs that are queued, starting or running."""
        return self.exclude(state=State.ENDED)

    def queued(self) -> Self:
        return self.filter(state=State.QUEUED)

    def ended(self) -> Self:
        return self.filter(state=State.ENDED)

    def of(self, learner: User) -> Self:
        return self.filter(learner=learner)

    def fairest_first(self) -> Self:
        """Queued runs in the order in which they are claimed, so that learners take turns.

        First come runs whose learner has the fewest other runs running or waiting for longer; among guests,
        then those whose address has the fewest; then the oldest. The order predicts all coming claims as long
        as no run ends or is added. `live` lets SQLite use the index of live runs.
        """
        before = self._ahead().filter(learner=OuterRef("learner"))
        beside = self._ahead().filter(address=OuterRef("address"), learner__is_guest=True).exclude(address="")
        of_guests = When(learner__is_guest=True, then=_number(beside))
        return (
            self.live()
            .queued()
            .annotate(before=_number(before), beside=Case(of_guests, default=0))
            .order_by("before", "beside", "queued_at", "pk")
        )

    def _ahead(self) -> Self:
        """For a subquery: runs that are running or have waited longer than the outer run."""
        waits_longer = Q(state=State.QUEUED, queued_at__lt=OuterRef("queued_at"))
        found: Self = self.model._default_manager.live().filter(waits_longer | Q(state__in=WORKING))
        return found

    def position(self, run: Run) -> int | None:
        """The run's place in the queue, from 1; None when it is not queued."""
        return self.places().get(run.pk)

    def places(self) -> dict[UUID, int]:
        """The place of each of the first 1,000 queued runs, from 1."""
        order = self.fairest_first().values_list("pk", flat=True)[:1000]
        return {pk: place for place, pk in enumerate(order, start=1)}

    def expired(self, now: datetime) -> Self:
        """Runs whose lease has ended without renewal."""
        return self.filter(state__in=WORKING, lease_until__lt=now)

    def given_up(self, now: datetime) -> Self:
        """Runs that no runner claimed within `QUEUE_PATIENCE`."""
        return self.queued().filter(waiting_since__lt=now - QUEUE_PATIENCE)

    def asleep(self, now: datetime, patience: timedelta = WAKE_AGAIN) -> Self:
        """Queued runs whose last message to runners is so old that it may have been lost."""
        return self.queued().filter(woken_at__lt=now - patience)

    def held(self, pairs: Iterable[tuple[Any, int]]) -> Self:
        """Of these pairs of id and claim, the runs that are still held with that claim."""
        wanted = Q(pk__in=[])
        for pk, claim in pairs:
            wanted |= Q(pk=pk, claim=claim)
        return self.filter(wanted, state__in=WORKING)

    def measured(
        self,
        learner: User,
        slug: str,
        *,
        files: Literal["starter", "any"] = "any",
        knobs: dict[str, Any] | None = None,
        after: datetime | None = None,
    ) -> Self:
        """The learner's runs of a lab that finished by themselves, oldest first. They can be narrowed to runs
        of the unchanged starter, to runs with these values of knobs, and to runs queued after a moment.
        """
        found = self.of(learner).filter(lab__slug=slug, outcome__in=FINISHED)
        if files == "starter":
            found = found.filter(files={})
        for name, value in (knobs or {}).items():
            found = found.filter(**{f"knobs__{name}": value})
        if after is not None:
            found = found.filter(queued_at__gt=after)
        return found.order_by("ended_at", "pk")


def _number(runs: RunQuerySet) -> Coalesce:
    """How many runs a subquery finds."""
    return Coalesce(
        Subquery(runs.order_by().values(all=Value(1)).annotate(number=Count("pk")).values("number")), 0
    )


class RunManager(models.Manager.from_queryset(RunQuerySet)):  # type: ignore[misc]
    """Claims; starting a run is in labs/runs/starting.py, which knows quotas and wakes runners."""

    def claim(self, runner: str, runnable: Callable[[str, str], bool], *, is_idle: bool = True) -> Run | None:
        """Claim the first run of `fairest_first` for `runner` by compare-and-set; None when there is none.

        `runnable(slug, digest)` says whether this runner has that revision. Other runs stay in the queue. A
        run that has to be alone is claimed only by an idle host (`is_idle`); until then it holds back those
        behind it, or the host would never become idle.
        """
        refused: set[int] = set()
        while True:
            fairest = self.fairest_first().filter(cancel_asked_at=None).exclude(revision__in=refused)
            run: Run | None = fairest.select_related("revision", "lab").first()
            if run is None:
                return None
            if not runnable(run.lab.slug, run.revision.digest):
                refused.add(run.revision_id)
            elif run.alone and not is_idle:
                return None
            elif run.claim_for(runner):
                return run

    def renew(self, pairs: list[tuple[Any, int]], lease: timedelta) -> tuple[set[Any], dict[Any, str]]:
        """Renew the leases of these pairs of id and claim. Returns the ids that are still held, and a dict of
        those that a learner or operator cancelled, id -> reason.
        """
        held = self.held(pairs)
        held.update(lease_until=timezone.now() + lease)
        found = list(held.values_list("pk", "cancel_asked_at", "reason"))
        return {pk for pk, _, _ in found}, {pk: reason for pk, asked, reason in found if asked}

    def mark_woken(self, pks: Iterable[Any]) -> None:
        self.filter(pk__in=list(pks)).update(woken_at=timezone.now())
