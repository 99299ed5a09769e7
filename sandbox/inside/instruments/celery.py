"""Celery: what a worker, a caller and beat do, told at the spot where it happens.

Not read from the broker's event stream: there any client can write any lane's events, they come in batches, a flood is
cut by the broker's buffer, and they are in no order with the acknowledgement. Here each note goes over the lane's own
descriptor, in the order in which things happen, whether or not the worker was started with `-E`.
"""

from __future__ import annotations

import itertools
from typing import Any

import billiard.pool
import celery.app.task
import celery.beat
import celery.worker.request
from celery.signals import after_task_publish, before_task_publish, task_received, task_unknown

from sandbox.inside.channel import Channel

FIELDS = {
    "task-retried": ("exception",),
    "task-failed": ("exception",),
    "task-succeeded": ("runtime",),
    "task-revoked": ("terminated", "signum", "expired"),
    "task-rejected": ("requeue",),
}
SHORT = 300
_deliveries = itertools.count(1)

# Typed as anything: the instruments replace methods, which no type allows.
Pool: Any = billiard.pool.Pool
Request: Any = celery.worker.request.Request
Scheduler: Any = celery.beat.Scheduler
Task: Any = celery.app.task.Task


def instrument(channel: Channel) -> None:
    """Everything that a process which uses Celery may do."""
    _publishing(channel)
    _receiving(channel)
    _requests(channel)
    _pool_children(channel)
    _progress(channel)


def instrument_beat(channel: Channel) -> None:
    """Beat's ticks: `schedule-fired` when an entry is due."""
    original = Scheduler.apply_entry

    def apply_entry(self: Any, entry: Any, producer: Any = None) -> Any:
        channel.note("schedule-fired", name=str(entry.name), data={"task_name": str(entry.task)})
        return original(self, entry, producer=producer)

    Scheduler.apply_entry = apply_entry


def _publishing(channel: Channel) -> None:
    def note(kind: str, sender: Any, headers: Any, routing_key: Any, properties: Any = None) -> None:
        if not isinstance(headers, dict) or "id" not in headers:
            return
        data = {"queue": str(routing_key or "")[:100]}
        for key in ("eta", "expires", "root_id", "parent_id"):
            if headers.get(key) and headers[key] != headers["id"]:
                data[key] = str(headers[key])[:100]
        if isinstance(properties, dict) and properties.get("priority"):
            data["priority"] = properties["priority"]
        channel.note(
            kind, task=headers["id"], name=str(sender), attempt=int(headers.get("retries") or 0) + 1, data=data
        )

    def before(
        sender: Any = None, headers: Any = None, routing_key: Any = None, properties: Any = None, **_: Any
    ) -> None:
        note("task-sending", sender, headers, routing_key, properties)

    def after(sender: Any = None, headers: Any = None, routing_key: Any = None, **_: Any) -> None:
        note("task-sent", sender, headers, routing_key)

    before_task_publish.connect(before, weak=False)
    after_task_publish.connect(after, weak=False)


def _receiving(channel: Channel) -> None:
    def received(request: Any = None, **_: Any) -> None:
        data = {"eta": request.eta.isoformat()} if request.eta else {}
        channel.note("task-received", **_of(request), data=data)

    def unknown(name: Any = None, id: Any = None, **_: Any) -> None:
        channel.note("task-received", task=id, name=str(name), data={})
        channel.note("task-discarded", task=id, name=str(name), data={"why": "not registered"})

    task_received.connect(received, weak=False)
    task_unknown.connect(unknown, weak=False)


def _requests(channel: Channel) -> None:
    send_event, acknowledge = Request.send_event, Request.acknowledge

    def told(self: Any, type: str, **fields: Any) -> Any:
        data = {key: _short(fields[key]) for key in FIELDS.get(type, ()) if key in fields}
        if lines := str(fields.get("traceback") or "").strip().splitlines():
            data["exception"] = lines[-1][:SHORT]  # the event's own text may name only a wrapper of billiard's
        if type == "task-started":
            data["process"] = getattr(self, "worker_pid", None)
        channel.note(type, **_of(self), data=data)
        return send_event(self, type, **fields)

    def acked(self: Any) -> Any:
        was = self.acknowledged
        result = acknowledge(self)
        if not was and self.acknowledged:
            channel.note("task-acked", **_of(self), data={})
        return result

    Request.send_event, Request.acknowledge = told, acked


def _of(request: Any) -> dict[str, Any]:
    """Fields that name a request. `delivery` tells two deliveries of one message to one process apart."""
    delivery = getattr(request, "_bench_delivery", None)
    if delivery is None:
        delivery = request._bench_delivery = next(_deliveries)
    attempt = int(request.request_dict.get("retries") or 0) + 1
    return {"task": request.id, "name": request.name, "attempt": attempt, "delivery": delivery}


def _pool_children(channel: Channel) -> None:
    """The death of a prefork child, told by the parent that waits for it."""
    original = Pool._join_exited_workers

    def join_exited_workers(self: Any, shutdown: bool = False) -> Any:
        before = {worker.pid: worker for worker in self._pool}
        try:
            return original(self, shutdown)
        finally:
            left = {worker.pid for worker in self._pool}
            for pid in before.keys() - left:
                code = before[pid].exitcode
                if not shutdown and code is not None:
                    data = {"child": pid, "exit": code if code >= 0 else None, "signal": -code if code < 0 else None}
                    channel.note("child-down", data=data)

    Pool._join_exited_workers = join_exited_workers


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
