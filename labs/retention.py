"""What is forgotten: old traces, old entries of the audit log, and the addresses that quotas needed."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from labs.models import AuditEntry, Run, RunTrace
from labs.quotas import WINDOW


class Forgotten(NamedTuple):
    """How many of each."""

    traces: int
    addresses: int
    entries: int


def retain() -> Forgotten:
    """Delete traces of runs that ended more than `LABS_TRACE_DAYS` ago, entries of the audit log that are older than
    `LABS_AUDIT_DAYS`, and addresses, from both, after twice the quotas' hour; the runs stay."""
    now = timezone.now()
    traces, _ = RunTrace.objects.filter(run__ended_at__lt=now - timedelta(days=settings.LABS_TRACE_DAYS)).delete()
    entries = AuditEntry.objects.forget(now - timedelta(days=settings.LABS_AUDIT_DAYS))
    addresses = Run.objects.filter(queued_at__lt=now - 2 * WINDOW).exclude(address="").update(address="")
    AuditEntry.objects.forget_addresses(now - 2 * WINDOW)
    return Forgotten(traces, addresses, entries)
