"""What is forgotten: old traces, old entries of the audit log, and the addresses that quotas needed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from labs.models import AuditEntry, Run, RunTrace
from labs.quotas import WINDOW


class Forgotten(NamedTuple):
    """How many of each."""

    traces: int
    entries: int


def retain() -> Forgotten:
    """Delete traces of runs that ended more than `LABS_TRACE_DAYS` ago, and entries of the audit log that are older than
    `LABS_AUDIT_DAYS`; the runs stay."""
    now = timezone.now()
    traces, _ = RunTrace.objects.filter(run__ended_at__lt=now - timedelta(days=settings.LABS_TRACE_DAYS)).delete()
    return Forgotten(traces, AuditEntry.objects.forget(now - timedelta(days=settings.LABS_AUDIT_DAYS)))


def forget_addresses(now: datetime) -> None:
    """Of runs and of the audit log, after twice the quotas' hour. Each sweep does it, so it may cost little: `gt` lets
    both databases read of their indexes by address only what has one, which is two hours of runs."""
    before = now - 2 * WINDOW
    Run.objects.filter(address__gt="", queued_at__lt=before).update(address="")
    AuditEntry.objects.forget_addresses(before)
