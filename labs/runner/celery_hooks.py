"""Celery's signals that start and stop a runner. Celery's thread pool waits for running tasks without limit,
so the runner has to release its runs itself.
"""

from __future__ import annotations

from typing import Any

from celery.signals import worker_ready, worker_shutting_down

from labs.runner.runner import this_runner

QUEUE = "labs"


@worker_ready.connect
def begin(sender: Any = None, **_: Any) -> None:
    """A worker that consumes the queue `labs` is a runner from its start, also before its first run."""
    if QUEUE in sender.app.amqp.queues.consume_from:
        runner = this_runner()
        runner.slots = int(sender.controller.concurrency)
        runner.start()


@worker_shutting_down.connect
def stop(**_: Any) -> None:
    """Called inside the signal handler, so it only sets a flag. The housekeeping thread does the rest."""
    this_runner().stop()
