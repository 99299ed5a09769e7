"""APScheduler 3: when a job is due, when its function is called, how that ends, what is missed."""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import threading
from collections.abc import Callable
from typing import Any

from sandbox.inside.channel import Channel

EXECUTORS = ("base", "pool", "debug", "asyncio", "gevent", "tornado", "twisted")
MOST_SKIPPED = 20
"""Firings that one coalesced execution replaces, at most so many of which are noted each."""


def instrument(channel: Channel, on_start: Callable[[], None] | None = None) -> None:
    """Instrument every scheduler that is made from now on; `on_start` is called when one starts."""
    _firing(channel, on_start)
    _coalescing(channel)
    _calling(channel)


def _firing(channel: Channel, on_start: Callable[[], None] | None) -> None:
    events = importlib.import_module("apscheduler.events")
    base = importlib.import_module("apscheduler.schedulers.base").BaseScheduler
    original = base._dispatch_event
    why = {events.EVENT_JOB_MISSED: "missed", events.EVENT_JOB_MAX_INSTANCES: "too many at once"}

    def dispatch(self: Any, event: Any) -> Any:
        if event.code == events.EVENT_SCHEDULER_STARTED and on_start is not None:
            on_start()
        elif event.code == events.EVENT_JOB_SUBMITTED:
            for when in event.scheduled_run_times:
                channel.note("schedule-fired", name=str(event.job_id), data=_slot(event.job_id, when))
        elif event.code in why:
            for when in getattr(event, "scheduled_run_times", None) or [event.scheduled_run_time]:
                _missed(channel, event.job_id, when, why[event.code])
        return original(self, event)

    base._dispatch_event = dispatch


def _coalescing(channel: Channel) -> None:
    """Of several firings that are due at once, a job with `coalesce` is executed for the last one only."""
    job_class = importlib.import_module("apscheduler.job").Job
    original = job_class._get_run_times

    def get_run_times(self: Any, now: Any) -> Any:
        times = original(self, now)
        if self.coalesce:
            for when in times[:-1][:MOST_SKIPPED]:
                _missed(channel, self.id, when, "coalesced into a later one")
        return times

    job_class._get_run_times = get_run_times


def _calling(channel: Channel) -> None:
    """Executors look up the function that runs a job in their own module."""
    base = importlib.import_module("apscheduler.executors.base")
    run_job, run_coroutine_job = base.run_job, base.run_coroutine_job

    @functools.wraps(run_job)
    def run_noted(job: Any, store: str, run_times: Any, logger: str) -> Any:
        found = []
        for when in run_times:
            found += run_job(_NotedJob(channel, job, when), store, [when], logger)
        return found

    @functools.wraps(run_coroutine_job)
    async def run_coroutine_noted(job: Any, store: str, run_times: Any, logger: str) -> Any:
        found = []
        for when in run_times:
            found += await run_coroutine_job(_NotedJob(channel, job, when), store, [when], logger)
        return found

    for name in EXECUTORS:
        try:
            module = importlib.import_module(f"apscheduler.executors.{name}")
        except ImportError:
            continue  # this environment lacks the executor's library
        for wrapper in (run_noted, run_coroutine_noted):
            if hasattr(module, wrapper.__name__):
                setattr(module, wrapper.__name__, wrapper)


class _NotedJob:
    """A job as its executor sees it; `func` notes its own start and end. One for each scheduled time."""

    def __init__(self, channel: Channel, job: Any, when: Any) -> None:
        self._channel, self._job = channel, job
        self._task, self._slot = f"{job.id}@{when.isoformat()}", _slot(job.id, when)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._job, name)

    def __str__(self) -> str:
        return str(self._job)

    @property
    def func(self) -> Callable[..., Any]:
        function = self._job.func
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                self._note("task-started", thread=threading.current_thread().name)
                try:
                    result = await function(*args, **kwargs)
                except BaseException as error:
                    self._failed(error)
                    raise
                self._note("task-succeeded")
                return result

            return awaited

        def called(*args: Any, **kwargs: Any) -> Any:
            self._note("task-started", thread=threading.current_thread().name)
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                self._failed(error)
                raise
            self._note("task-succeeded")
            return result

        return called

    def _failed(self, error: BaseException) -> None:
        self._note("task-failed", exception=f"{type(error).__name__}: {error}"[:300])

    def _note(self, kind: str, **data: Any) -> None:
        """Each scheduled time is a task of its own: its id is made of the job's id and that time."""
        data = {**self._slot, "process": os.getpid(), **data}
        self._channel.note(kind, task=self._task, name=str(self._job.id), data=data)


def _missed(channel: Channel, job: Any, when: Any, why: str) -> None:
    channel.note("schedule-missed", name=str(job), data={**_slot(job, when), "why": why})


def _slot(job: Any, when: Any) -> dict[str, str]:
    return {"slot": when.isoformat(), "job": str(job)}
