"""What is forgotten: old traces, and the addresses that quotas needed."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from labs.models import Run, RunTrace
from labs.quotas import WINDOW


def retain() -> tuple[int, int]:
    """Delete traces of runs that ended more than `LABS_TRACE_DAYS` ago, and addresses after twice the quotas' hour; the
    runs stay. Returns how many of each."""
    now = timezone.now()
    traces, _ = RunTrace.objects.filter(run__ended_at__lt=now - timedelta(days=settings.LABS_TRACE_DAYS)).delete()
    addresses = Run.objects.filter(queued_at__lt=now - 2 * WINDOW).exclude(address="").update(address="")
    return traces, addresses
