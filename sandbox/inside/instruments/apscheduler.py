"""APScheduler 3: when a job is due, when it runs and how that ends."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from sandbox.inside.channel import Channel


def instrument(channel: Channel, on_start: Callable[[], None] | None = None) -> None:
    """Every scheduler made from now on is listened to; `on_start` is called when one starts."""
    events = importlib.import_module("apscheduler.events")
    base = importlib.import_module("apscheduler.schedulers.base").BaseScheduler
    original = base._dispatch_event
    kinds = {
        events.EVENT_JOB_SUBMITTED: "schedule-fired",
        events.EVENT_JOB_EXECUTED: "task-succeeded",
        events.EVENT_JOB_ERROR: "task-failed",
        events.EVENT_JOB_MISSED: "task-rejected",
        events.EVENT_JOB_MAX_INSTANCES: "task-rejected",
    }
    why = {events.EVENT_JOB_MISSED: "missed", events.EVENT_JOB_MAX_INSTANCES: "too many at once"}

    def dispatch(self: Any, event: Any) -> Any:
        if event.code == events.EVENT_SCHEDULER_STARTED and on_start is not None:
            on_start()
        elif event.code in kinds:
            for when in getattr(event, "scheduled_run_times", None) or [event.scheduled_run_time]:
                _tell(channel, kinds[event.code], event, when, why.get(event.code))
        return original(self, event)

    base._dispatch_event = dispatch


def _tell(channel: Channel, kind: str, event: Any, when: Any, why: str | None) -> None:
    """A job's run is named by the job and its slot, so that each slot is one task."""
    data: dict[str, Any] = {"slot": when.isoformat(), "job": str(event.job_id)}
    if why:
        data["why"] = why
    if getattr(event, "exception", None) is not None:
        data["exception"] = f"{type(event.exception).__name__}: {event.exception}"[:300]
    task = f"{event.job_id}@{when.isoformat()}".replace(" ", "_")[:128]
    if kind == "schedule-fired":
        channel.note(kind, name=str(event.job_id), data=data)
        channel.note("task-started", task=task, name=str(event.job_id), data=data)
    else:
        channel.note(kind, task=task, name=str(event.job_id), data=data)
