"""Deletes old traces, old entries of the audit log, and addresses that quotas no longer need."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from labs.models import AuditEntry, Run, RunTrace
from labs.runs.quotas import WINDOW


class Forgotten(NamedTuple):
    """How many traces and entries were deleted."""

    traces: int
    entries: int


def retain() -> Forgotten:
    """Delete traces of runs that ended more than `LABS_TRACE_DAYS` ago, and entries of the audit log that are
    older than `LABS_AUDIT_DAYS`; the runs stay.
    """
    now = timezone.now()
    traces, _ = RunTrace.objects.filter(
        run__ended_at__lt=now - timedelta(days=settings.LABS_TRACE_DAYS)
    ).delete()
    return Forgotten(traces, AuditEntry.objects.forget(now - timedelta(days=settings.LABS_AUDIT_DAYS)))


def forget_addresses(now: datetime) -> None:
    """Blank addresses in runs and in the audit log after twice the quotas' hour.

    Every sweep calls this, so it has to be cheap. `address__gt=""` lets both databases read only the part of
    their index that has an address, which is two hours of runs.
    """
    before = now - 2 * WINDOW
    Run.objects.filter(address__gt="", queued_at__lt=before).update(address="")
    AuditEntry.objects.forget_addresses(before)
