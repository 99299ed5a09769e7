"""Celery's side of a runner's life. The threads pool waits for running tasks for ever, so the runner must let go itself."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_ready, worker_shutting_down

from labs.runner import this_runner

QUEUE = "labs"


@worker_ready.connect
def begin(sender: Any = None, **_: Any) -> None:
    """A worker that reads the queue `labs` is a runner from its first moment, with or without runs."""
    if QUEUE in sender.app.amqp.queues.consume_from:
        runner = this_runner()
        runner.slots = int(sender.controller.concurrency)
        runner.start()


@worker_shutting_down.connect
def stop(**_: Any) -> None:
    """Called inside the signal handler: only a flag is set, the keeper does the rest."""
    this_runner().stop()
