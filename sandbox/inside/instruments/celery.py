"""Celery: what any process that uses it may do, noted by wrappers in the process that does it."""

from __future__ import annotations

from typing import Any

import celery.app.task
import celery.beat
import celery.platforms
from celery.signals import after_task_publish, before_task_publish

from sandbox.inside.channel import Channel
from sandbox.inside.instruments import celery_calls, celery_worker

# Typed as anything: the instruments replace methods, which no type allows.
Scheduler: Any = celery.beat.Scheduler
platforms: Any = celery.platforms
Task: Any = celery.app.task.Task
SHORT = celery_calls.SHORT


def instrument(channel: Channel) -> None:
    """Instrument whatever a process that uses Celery may do."""
    _publishing(channel)
    celery_calls.instrument(channel)
    celery_worker.instrument(channel)
    _progress(channel)


def instrument_beat(channel: Channel, **more: bool) -> None:
    """Note `schedule-fired` when an entry of beat's schedule is due; with `more` in its data."""
    original, close_open_fds = Scheduler.apply_entry, platforms.close_open_fds

    def apply_entry(self: Any, entry: Any, producer: Any = None) -> Any:
        channel.note("schedule-fired", name=str(entry.name), data={"task_name": str(entry.task), **more})
        return original(self, entry, producer=producer)

    def close_others(keep: Any = None) -> None:
        # The process of a worker's embedded beat (`-B`) begins by closing every file that it does not know.
        close_open_fds([*(keep or ()), channel])

    Scheduler.apply_entry, platforms.close_open_fds = apply_entry, close_others


def _publishing(channel: Channel) -> None:
    def note(
        kind: str, sender: Any, headers: Any, routing_key: Any, properties: Any = None, body: Any = None
    ) -> None:
        if not isinstance(headers, dict) or "id" not in headers:
            return
        embed = body[2] if isinstance(body, tuple | list) and len(body) == 3 else None  # args, kwargs, embed
        chord = embed.get("chord") if isinstance(embed, dict) else None
        data = {"queue": str(routing_key or "")[:100], **celery_calls.canvas(headers["id"], headers, chord)}
        for key in ("eta", "expires"):
            if headers.get(key):
                data[key] = str(headers[key])[:100]
        if isinstance(properties, dict) and properties.get("priority"):
            data["priority"] = properties["priority"]
        channel.note(
            kind,
            task=headers["id"],
            name=str(sender),
            attempt=int(headers.get("retries") or 0) + 1,
            data=data,
        )

    def before(
        sender: Any = None,
        headers: Any = None,
        routing_key: Any = None,
        properties: Any = None,
        body: Any = None,
        **_: Any,
    ) -> None:
        note("task-sending", sender, headers, routing_key, properties, body)
        if isinstance(headers, dict):
            celery_calls.sent(str(headers.get("id")), str(sender))

    def after(sender: Any = None, headers: Any = None, routing_key: Any = None, **_: Any) -> None:
        note("task-sent", sender, headers, routing_key)

    # `weak=False`: these functions have no other reference, and Celery would drop them.
    before_task_publish.connect(before, weak=False)
    after_task_publish.connect(after, weak=False)


def _progress(channel: Channel) -> None:
    original = Task.update_state

    def update_state(self: Any, task_id: Any = None, state: Any = None, meta: Any = None, **more: Any) -> Any:
        data = {
            "state": _short(state),
            "meta": meta if isinstance(meta, dict) and len(str(meta)) < SHORT else _short(meta),
        }
        channel.note("task-progress", task=task_id or self.request.id, name=self.name, data=data)
        return original(self, task_id, state, meta, **more)

    Task.update_state = update_state


def _short(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float) else str(value)[:SHORT]
