"""Celery's tasks of this room. A message only wakes: what is to be done stands in the database."""

from __future__ import annotations

from celery import shared_task

from labs import health, runner_signals
from labs.retention import retain as forget
from labs.runner import this_runner
from labs.sweeping import sweep as look_after_runs

__all__ = ["retain", "runner_signals", "sweep", "work"]


@shared_task(name="labs.work", ignore_result=True)
def work(run_id: str) -> None:
    """Claim runs until none is left for this thread; `run_id` is only for the logs of brokers."""
    this_runner().work()


@shared_task(name="labs.sweep", ignore_result=True)
def sweep() -> None:
    look_after_runs()
    health.upkeep_happened()


@shared_task(name="labs.retain", ignore_result=True)
def retain() -> None:
    forget()
