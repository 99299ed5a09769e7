"""Requeue or end runs that no runner takes care of. Beat asks for it every 5 s and idle runners do it too.
Sweeping twice does no harm.
"""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_noop

from labs.models import Run
from labs.models.querysets import RunQuerySet
from labs.runs.ending import end_without_runner, requeue_or_end
from labs.runs.retention import forget_addresses
from labs.runs.waking import wake_all
from sandbox.protocol import Outcome, State

GIVEN_UP = gettext_noop("No machine started this run within 15 minutes.")
WAKE_AT_MOST = 20


def sweep() -> None:
    """Requeue runs whose lease ended, end runs that were cancelled or waited too long, wake runners for the
    runs that wait, and blank old addresses.
    """
    now = timezone.now()
    runs = Run.objects.select_related("revision", "lab")
    for run in runs.expired(now):
        requeue_or_end(run, died=True)
    for run in runs.queued().filter(cancel_asked_at__isnull=False):
        end_without_runner(run, Outcome.CANCELLED, run.reason, only=State.QUEUED)
    for run in runs.given_up(now):
        end_without_runner(run, Outcome.CANCELLED, f"{GIVEN_UP} {run.reason}".strip(), only=State.QUEUED)
    wake_queued(Run.objects.asleep(now))
    forget_addresses(now)


def wake_queued(queued: RunQuerySet) -> None:
    """Wake runners for the oldest of these runs."""
    waiting = list(queued.order_by("queued_at").values_list("pk", flat=True)[:WAKE_AT_MOST])
    if waiting:
        Run.objects.mark_woken(waiting)
        wake_all(waiting)
