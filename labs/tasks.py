"""Celery tasks of this app. A message only wakes a worker; the database says what there is to do."""

from __future__ import annotations

from celery import shared_task

from labs.live import heartbeats
from labs.runner import celery_hooks  # its import connects the runner to Celery's signals
from labs.runner.runner import this_runner
from labs.runs import retention, sweeping

__all__ = ["celery_hooks", "retain", "sweep", "work"]


@shared_task(name="labs.work", ignore_result=True)
def work(run_id: str) -> None:
    """Claim runs until none is left for this thread. `run_id` is only for logs; any run may be claimed."""
    this_runner().work()


@shared_task(name="labs.sweep", ignore_result=True)
def sweep() -> None:
    sweeping.sweep()
    heartbeats.note_sweep()


@shared_task(name="labs.retain", ignore_result=True)
def retain() -> None:
    retention.retain()
