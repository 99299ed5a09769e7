"""RQ: enqueueing, the worker that takes a job, and the work horse that runs it."""

from __future__ import annotations

import importlib
import os
from typing import Any

from sandbox.inside.channel import Channel


def instrument(channel: Channel) -> None:
    """A worker: what it takes, what its work horses run, what they send."""
    instrument_callers(channel)
    _working(channel)


def instrument_callers(channel: Channel) -> None:
    """A process that enqueues jobs."""
    queue = importlib.import_module("rq.queue").Queue
    original = queue._enqueue_job

    def enqueue(self: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
        channel.note("task-sending", **_of(job), data={"queue": self.name})
        result = original(self, job, *args, **kwargs)
        channel.note("task-sent", **_of(job), data={"queue": self.name})
        return result

    queue._enqueue_job = enqueue


def _working(channel: Channel) -> None:
    base = importlib.import_module("rq.worker.base").BaseWorker
    classes = importlib.import_module("rq.worker.worker_classes")
    _before(classes.Worker, "execute_job", lambda self, job, queue: channel.note("task-received", **_of(job), data={}))
    _before(
        classes.SimpleWorker, "execute_job", lambda self, job, queue: channel.note("task-received", **_of(job), data={})
    )
    _before(
        base,
        "perform_job",
        lambda self, job, queue: channel.note("task-started", **_of(job), data={"process": os.getpid()}),
    )
    _before(base, "handle_job_success", lambda self, job, *_, **__: channel.note("task-succeeded", **_of(job), data={}))
    _before(
        base,
        "handle_job_failure",
        lambda self, job, *_, exc_string="", **__: channel.note("task-failed", **_of(job), data=_why(exc_string)),
    )
    _before(
        base,
        "handle_job_retry",
        lambda self, job, *_, exc_string="", **__: channel.note("task-retried", **_of(job), data=_why(exc_string)),
    )


def _before(owner: Any, name: str, tell: Any) -> None:
    original = getattr(owner, name)

    def told(self: Any, *args: Any, **kwargs: Any) -> Any:
        tell(self, *args, **kwargs)
        return original(self, *args, **kwargs)

    setattr(owner, name, told)


def _of(job: Any) -> dict[str, Any]:
    done = getattr(job, "number_of_retries", None) or 0
    return {"task": job.id, "name": str(job.func_name), "attempt": int(done) + 1}


def _why(text: str) -> dict[str, str]:
    lines = str(text).strip().splitlines()
    return {"exception": lines[-1][:300]} if lines else {}
