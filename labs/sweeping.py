"""Look after runs that nobody looks after. Beat does it every 5 s, idle runners too; doing it twice does no harm."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_noop

from labs.ending import end_without_runner, give_back
from labs.models import Run
from labs.querysets import RunQuerySet
from labs.retention import forget_addresses
from labs.waking import wake_all
from sandbox.protocol import Outcome, State

GIVEN_UP = gettext_noop("No machine took this run within 15 minutes.")
WAKE_AT_MOST = 20


def sweep() -> None:
    """Requeue what lost its runner, end what waited too long, wake runners for what waits, forget old addresses."""
    now = timezone.now()
    runs = Run.objects.select_related("revision", "lab")
    for run in runs.expired(now):
        give_back(run, died=True)
    for run in runs.queued().filter(cancel_asked_at__isnull=False):
        end_without_runner(run, Outcome.CANCELLED, run.reason, only=State.QUEUED)
    for run in runs.given_up(now):
        end_without_runner(run, Outcome.CANCELLED, f"{GIVEN_UP} {run.reason}".strip(), only=State.QUEUED)
    wake_queued(Run.objects.asleep(now))
    forget_addresses(now)


def wake_queued(queued: RunQuerySet) -> None:
    """Wake runners for the oldest of these."""
    waiting = list(queued.order_by("queued_at").values_list("pk", flat=True)[:WAKE_AT_MOST])
    if waiting:
        Run.objects.mark_woken(waiting)
        wake_all(waiting)
