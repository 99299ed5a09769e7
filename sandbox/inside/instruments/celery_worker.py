"""Celery: what a worker's parent process knows of messages, noted where it learns it.

Celery's own event stream in the broker is not used, for four reasons: any client can write any worker's
events there; they come in batches; the broker's buffer cuts a flood; and they have no order relative to the
acknowledgement. The notes here go over the lane's own channel, in the order in which things happen, whether
or not the worker has `-E`.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import signal
from pathlib import Path
from typing import Any

import billiard.pool
import celery.worker.consumer.consumer
import celery.worker.consumer.tasks
import celery.worker.request
import celery.worker.state
import celery.worker.worker
from billiard.exceptions import TimeLimitExceeded
from celery.signals import task_received, task_unknown

from sandbox.inside.channel import Channel
from sandbox.inside.instruments.celery_calls import SHORT, canvas, next_delivery

FIELDS = {
    "task-retried": ("exception",),
    "task-failed": ("exception",),
    "task-revoked": ("terminated", "signum"),
    "task-rejected": ("requeue",),
    "task-cancelled": (),
}
"""What the parent process says of an end, by the kind of Celery's event. Where the call's own process has
noted the end before, the supervisor leaves the parent's note out.
"""

# Typed as anything: the instruments replace methods, which no type allows.
Pool: Any = billiard.pool.Pool
Request: Any = celery.worker.request.Request
Consumer: Any = celery.worker.consumer.consumer.Consumer
Tasks: Any = celery.worker.consumer.tasks.Tasks
Worker: Any = celery.worker.worker.WorkController


def instrument(channel: Channel) -> None:
    """Note receipts, waiting, acknowledgements, ends without a call, and the ends of pool children."""
    _receiving(channel)
    _requests(channel)
    _time_limits(channel)
    _rate_limits(channel)
    _prefetched(channel)
    _pool_children(channel)
    _queues(channel)


def _receiving(channel: Channel) -> None:
    def received(request: Any = None, **_: Any) -> None:
        about, headers = _of(request), request._request_dict
        headers["bench_delivery"] = (about["pid"], about["delivery"])
        data: dict[str, Any] = canvas(request.id, headers, None)
        if request.eta:
            data["eta"] = request.eta.isoformat()
        channel.note("task-received", **about, data=data)
        if request.eta and request.eta > datetime.datetime.now(request.eta.tzinfo):
            _note_waiting(channel, request, "eta", until=data["eta"])

    def unknown(name: Any = None, id: Any = None, **_: Any) -> None:
        channel.note("task-received", task=id, name=str(name), data={})
        channel.note("task-discarded", task=id, name=str(name), data={"why": "not registered"})

    task_received.connect(received, weak=False)
    task_unknown.connect(unknown, weak=False)


def _requests(channel: Channel) -> None:
    send_event, acknowledge = Request.send_event, Request.acknowledge

    def send_event_noted(self: Any, type: str, **fields: Any) -> Any:
        # The call's own process notes its success. Without a runtime, Celery found it stored after the death.
        if type in FIELDS or (type == "task-succeeded" and fields.get("runtime") is None):
            data = {key: _short(fields[key]) for key in FIELDS.get(type, ()) if key in fields}
            if lines := str(fields.get("traceback") or "").strip().splitlines():
                # The event's own text may name only billiard's wrapper of the exception.
                data["exception"] = lines[-1][:SHORT]
            channel.note("task-expired" if fields.get("expired") else type, **_of(self), data=data)
        return send_event(self, type, **fields)

    def acknowledge_noted(self: Any) -> Any:
        # Celery also calls this for a message that is acknowledged already; only the change is an event.
        was = self.acknowledged
        result = acknowledge(self)
        if not was and self.acknowledged:
            channel.note("task-acked", **_of(self), data={})
        return result

    Request.send_event, Request.acknowledge = send_event_noted, acknowledge_noted


def _of(request: Any) -> dict[str, Any]:
    """Fields that identify a request. `pid` and `delivery` distinguish two deliveries of one message."""
    known = getattr(request, "_bench_delivery", None)
    if known is None:
        known = request._bench_delivery = next_delivery()
    attempt = int(request.request_dict.get("retries") or 0) + 1
    name = {"task": request.id, "name": request.name, "attempt": attempt}
    return {**name, "pid": known[0], "delivery": known[1]}


def _note_waiting(channel: Channel, request: Any, why: str, **data: Any) -> None:
    channel.note("task-waiting", **_of(request), data={"why": why, **data})


def _time_limits(channel: Channel) -> None:
    timed_out, failed = Request.on_timeout, Request.on_failure

    def note(request: Any, limit: str, seconds: Any) -> None:
        known = request.__dict__.setdefault("_bench_limits", set())
        if limit not in known:
            known.add(limit)
            channel.note("task-limit", **_of(request), data={"limit": limit, "seconds": _short(seconds)})

    def on_timeout(self: Any, soft: bool, timeout: Any) -> Any:
        # A cold shutdown ends its tasks by the same method; that is no limit of theirs.
        if soft or not celery.worker.state.should_terminate:
            note(self, "soft" if soft else "hard", timeout)
        return timed_out(self, soft, timeout)

    def on_failure(self: Any, exc_info: Any, *args: Any, **options: Any) -> Any:
        # The pool may report the failure before the limit that caused it.
        error = getattr(exc_info.exception, "exc", exc_info.exception)  # without billiard's wrapper
        if isinstance(error, TimeLimitExceeded):
            note(self, "hard", error.args[0] if error.args else None)
        return failed(self, exc_info, *args, **options)

    Request.on_timeout, Request.on_failure = on_timeout, on_failure


def _rate_limits(channel: Channel) -> None:
    move = Consumer._limit_move_to_pool

    def move_to_pool(self: Any, request: Any) -> Any:
        request._bench_in_pool = True
        return move(self, request)

    def waits_after(name: str) -> None:
        original = getattr(Consumer, name)

        def limited(self: Any, request: Any, bucket: Any, tokens: Any) -> Any:
            result = original(self, request, bucket, tokens)
            if not getattr(request, "_bench_in_pool", False):
                _note_waiting(channel, request, "rate-limit", limit=_short(request.task.rate_limit))
            return result

        setattr(Consumer, name, limited)

    Consumer._limit_move_to_pool = move_to_pool
    waits_after("_limit_task")
    waits_after("_limit_post_eta")


def _prefetched(channel: Channel) -> None:
    """A request that is given to the pool while as many as it has processes are there already waits."""
    given: list[Any] = []

    def waits_before(name: str) -> None:
        original = getattr(Worker, name)

        def process(self: Any, request: Any) -> Any:
            if not any(one is request for one in given):
                reserved = celery.worker.state.reserved_requests
                given[:] = [one for one in given if one in reserved]
                if len(given) >= self.pool.num_processes:
                    _note_waiting(channel, request, "prefetched")
                given.append(request)
            return original(self, request)

        setattr(Worker, name, process)

    waits_before("_process_task")
    waits_before("_process_task_sem")


def _pool_children(channel: Channel) -> None:
    """Note the end of a prefork child, in the parent that waits for it."""
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
                    how = {"exit": code if code >= 0 else None, "signal": -code if code < 0 else None}
                    channel.note("child-down", data={"child": pid, **how})

    Pool._join_exited_workers = join_exited_workers


def watch_children(channel: Channel) -> None:
    """Note the death of a child as soon as the kernel tells its parent; Celery itself may look 5 s later."""
    parent, known = os.getpid(), set[int]()

    def look(number: int, frame: Any) -> None:
        if os.getpid() != parent:
            return  # a forked child has this handler, too
        with contextlib.suppress(OSError):
            listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            for pid in {int(word) for word in listed} - known:
                if (end := _end_of(pid)) is not None:
                    known.add(pid)
                    channel.note("child-down", data={"child": pid, **end})

    signal.signal(signal.SIGCHLD, look)


def _end_of(pid: int) -> dict[str, int | None] | None:
    """`exit` and `signal` of a child, which stays to be collected; None while it lives."""
    with contextlib.suppress(ChildProcessError):
        if end := os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            exited = end.si_code == os.CLD_EXITED
            return {"exit": end.si_status if exited else None, "signal": None if exited else end.si_status}
    return None


def _queues(channel: Channel) -> None:
    """Tell the sampler which queues this worker reads, and under which keys the broker has them."""

    def note(consumer: Any) -> None:
        names = [str(name) for name in consumer.app.amqp.queues.consume_from][:SHORT]
        keys = consumer.task_consumer.channel
        channel.note(
            "consumes",
            data={
                "queues": names,
                "prefix": str(getattr(keys, "global_keyprefix", "") or ""),
                "unacked": str(getattr(keys, "unacked_key", "unacked")),
                "index": str(getattr(keys, "unacked_index_key", "unacked_index")),
                "separator": str(getattr(keys, "sep", "")),
                "steps": [step for step in getattr(keys, "priority_steps", ()) if step],
                "database": str(consumer.connection.virtual_host or 0).strip("/"),
            },
        )

    def note_after(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def noted(self: Any, first: Any, *args: Any, **options: Any) -> Any:
            result = original(self, first, *args, **options)
            note(first if owner is Tasks else self)
            return result

        setattr(owner, name, noted)

    note_after(Tasks, "start")
    note_after(Consumer, "add_task_queue")
    note_after(Consumer, "cancel_task_queue")


def _short(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float) else str(value)[:SHORT]
