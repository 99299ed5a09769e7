"""RQ: enqueueing, the worker that receives a job, and the work horse process that executes it."""

from __future__ import annotations

import importlib
import os
import threading
from typing import Any

from sandbox.inside.channel import Channel

MOST_NAMED = 20
_here = threading.local()


def instrument(channel: Channel) -> None:
    """Instrument a worker: jobs received, their executions in work horses, and what these enqueue."""
    instrument_callers(channel)
    _receiving(channel)
    _ends(channel)
    _horses(channel)


def instrument_callers(channel: Channel) -> None:
    """Instrument a process that enqueues jobs."""
    _enqueueing(channel)
    _waiting(channel)
    _calls(channel)


def _enqueueing(channel: Channel) -> None:
    queue = importlib.import_module("rq.queue").Queue
    original = queue._enqueue_job

    def enqueue(self: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
        if not self._is_async:
            return original(self, job, *args, **kwargs)
        channel.note("task-sending", **_of(job), data={"queue": self.name})
        # Two notes: a worker may receive the job before this call returns.
        result = original(self, job, *args, **kwargs)
        channel.note("task-sent", **_of(job), data={"queue": self.name})
        return result

    queue._enqueue_job = enqueue


def _waiting(channel: Channel) -> None:
    """A job that is scheduled, or deferred until others have succeeded, is in no queue yet."""
    queue = importlib.import_module("rq.queue").Queue
    schedule_job, setup_dependencies = queue.schedule_job, queue.setup_dependencies

    def scheduled(self: Any, job: Any, datetime: Any, *args: Any, **kwargs: Any) -> Any:
        result = schedule_job(self, job, datetime, *args, **kwargs)
        data = {"why": "scheduled", "until": datetime.isoformat(), "queue": self.name}
        channel.note("task-waiting", **_of(job), data=data)
        return result

    def deferred(self: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
        result = setup_dependencies(self, job, *args, **kwargs)
        if str(job.get_status(refresh=False) or "").endswith(("deferred", "DEFERRED")):
            after = [str(one) for one in job._dependency_ids[:MOST_NAMED]]
            data = {"why": "deferred", "after": after, "queue": self.name}
            channel.note("task-waiting", **_of(job), data=data)
        return result

    queue.schedule_job, queue.setup_dependencies = scheduled, deferred


def _calls(channel: Channel) -> None:
    """The job's function is called by a work horse, or in the caller by a queue with `is_async=False`."""
    job_class = importlib.import_module("rq.job").Job
    original = job_class.perform

    def perform(self: Any) -> Any:
        data: dict[str, Any] = {"process": os.getpid()}
        if getattr(_here, "is_worker", False):
            channel.note("task-started", **_of(self), data=data)
            return original(self)  # the worker decides what its end is
        data["eager"] = True
        channel.note("task-started", **_of(self), data=data)
        try:
            result = original(self)
        except BaseException as error:
            words = f"{type(error).__name__}: {error}"[:300]
            channel.note("task-failed", **_of(self), data={**data, "exception": words})
            raise
        channel.note("task-succeeded", **_of(self), data=data)
        return result

    job_class.perform = perform


def _receiving(channel: Channel) -> None:
    base = importlib.import_module("rq.worker.base").BaseWorker
    classes = importlib.import_module("rq.worker.worker_classes")
    perform_job = base.perform_job

    def received(owner: Any) -> None:
        original = owner.execute_job

        def execute_job(self: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
            channel.note("task-received", **_of(job), data={})
            return original(self, job, *args, **kwargs)

        owner.execute_job = execute_job

    def performed(self: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
        _here.is_worker = True
        try:
            return perform_job(self, job, *args, **kwargs)
        finally:
            _here.is_worker = False

    for worker in (classes.Worker, classes.SimpleWorker):
        received(worker)
    base.perform_job = performed


def _ends(channel: Channel) -> None:
    """How an execution ended is known before RQ handles it, and must be noted before RQ enqueues a retry."""
    base = importlib.import_module("rq.worker.base").BaseWorker
    success, failure, retry = base.handle_job_success, base.handle_job_failure, base.handle_job_retry

    def succeeded(self: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
        channel.note("task-succeeded", **_of(job), data={})
        return success(self, job, *args, **kwargs)

    def failed(self: Any, job: Any, queue: Any, *args: Any, **kwargs: Any) -> Any:
        lines = str(kwargs.get("exc_string") or "").strip().splitlines()
        data = {"exception": lines[-1][:300]} if lines else {}
        if "JobTimeoutException" in data.get("exception", ""):
            channel.note("task-limit", **_of(job), data={"limit": "hard", "seconds": job.timeout})
        if self._stopped_job_id == job.id:
            kind = "task-revoked"
        else:
            kind = "task-retried" if job.should_retry else "task-failed"
        channel.note(kind, **_of(job), data=data)
        return failure(self, job, queue, *args, **kwargs)

    def retried(self: Any, job: Any, queue: Any, retry_of: Any = None, *args: Any, **kwargs: Any) -> Any:
        wanted = kwargs.get("retry", retry_of)
        if job.number_of_retries and job.number_of_retries >= wanted.max:
            channel.note("task-failed", **_of(job), data={"why": "it has no retries left"})
        else:
            channel.note("task-retried", **_of(job), data={})
        positional = () if retry_of is None else (retry_of,)
        return retry(self, job, queue, *positional, *args, **kwargs)

    base.handle_job_success, base.handle_job_failure, base.handle_job_retry = succeeded, failed, retried


def _horses(channel: Channel) -> None:
    """A work horse that ends with an error has died: RQ's own handling of a failed job ends it with 0."""
    classes = importlib.import_module("rq.worker.worker_classes")
    original = classes.Worker.wait_for_horse

    def wait_for_horse(self: Any) -> Any:
        result = original(self)
        pid, status = result[0], result[1]
        if pid and status:
            signalled = os.WIFSIGNALED(status)
            how = {
                "exit": None if signalled else os.WEXITSTATUS(status),
                "signal": os.WTERMSIG(status) if signalled else None,
            }
            channel.note("child-down", data={"child": pid, **how})
        return result

    classes.Worker.wait_for_horse = wait_for_horse


def _of(job: Any) -> dict[str, Any]:
    """RQ has no count of attempts: the supervisor counts the retries."""
    return {"task": job.id, "name": str(job.func_name)}
