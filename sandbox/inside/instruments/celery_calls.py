"""Celery: calls of tasks' functions, noted in the process and thread that makes the call.

One wrapper around Celery's tracer sees every call, whatever makes it: a child of a prefork pool, a thread,
the worker itself (`solo`) or the caller (`apply()`, `task_always_eager`). The worker's parent process only
hears of the result, and later; what becomes of a call whose process dies is noted by
`sandbox.inside.instruments.celery_worker`.
"""

from __future__ import annotations

import itertools
import os
import threading
import uuid
from collections.abc import Callable
from typing import Any

import celery.app.task
import celery.app.trace
import celery.backends.base
import celery.canvas
import celery.worker.consumer.consumer
from celery import states
from celery.exceptions import Ignore, Reject, Retry
from celery.signals import task_prerun

from sandbox.inside.channel import Channel
from sandbox.jail_lines import task_id

SHORT = 300
MOST_PARTS = 20
CANVAS = {"root": "root_id", "parent": "parent_id", "group": "group"}
"""Keys of an event's data, and the headers that they are from."""
_deliveries = itertools.count(1)
_here = threading.local()

# Typed as anything: the instruments replace methods, which no type allows.
Task: Any = celery.app.task.Task
Backend: Any = celery.backends.base.Backend
Signature: Any = celery.canvas.Signature
USERS_OF_TRACER: tuple[Any, ...] = (celery.app.trace, celery.worker.consumer.consumer)


def instrument(channel: Channel) -> None:
    """Note the start and the end of each call of a task's function."""
    _tracer(channel)
    _replacements()
    _error_callbacks(channel)
    _chord_errors(channel)


def next_delivery() -> tuple[int, int]:
    """This process's id and a number: what distinguishes two deliveries of one message."""
    return os.getpid(), next(_deliveries)


def sent(task: str, name: str) -> None:
    """A message leaves this thread; where a task is being replaced, it is part of the replacement."""
    calls = _calls()
    if calls and calls[-1].parts is not None:
        calls[-1].parts.append((task_id(task), name))


def canvas(own: Any, headers: dict[str, Any], chord: Any) -> dict[str, str]:
    """How a task belongs to a canvas: the ids of its root, parent, group and chord body, as it has them."""
    if isinstance(chord, dict):
        chord = (chord.get("options") or {}).get("task_id")
    found = {key: headers.get(name) for key, name in CANVAS.items()} | {"chord": chord}
    return {key: task_id(str(value)) for key, value in found.items() if value and value != own}


class _Call:
    """One call of a task's function. `begin` and `end` note it; only the first of each counts."""

    def __init__(self, channel: Channel, task: str, name: str, request: dict[str, Any], **data: Any) -> None:
        pid, delivery = request.get("bench_delivery") or next_delivery()
        self._channel, self.task = channel, task
        self._fields = {
            "task": task,
            "name": str(request.get("task") or name),
            "attempt": int(request.get("retries") or 0) + 1,
            "pid": pid,
            "delivery": delivery,
        }
        self._data = {"process": os.getpid(), **data}
        self._start = {
            **self._data,
            "thread": threading.current_thread().name,
            **canvas(task, request, request.get("chord")),
        }
        self.has_begun = False
        self.parts: list[tuple[str, str]] | None = None
        self.replaced_by: list[tuple[str, str]] = []

    def begin(self) -> None:
        """The function is called now."""
        if not self.has_begun:
            self.has_begun = True
            self._channel.note("task-started", **self._fields, data=self._start)

    def end(self, kind: str, **data: Any) -> None:
        """The call has come to an end of this kind."""
        self._channel.note(kind, **self._fields, data={**self._data, **data})

    def end_with(self, error: BaseException) -> None:
        """The call has come to an end by an exception."""
        if isinstance(error, Ignore) and self.replaced_by:
            first, name = self.replaced_by[0]
            parts = [part for part, _ in self.replaced_by[:MOST_PARTS]]
            self.end("task-replaced", by=first, by_name=name, **({"parts": parts} if len(parts) > 1 else {}))
        elif isinstance(error, Ignore):
            self.end("task-ignored", **({"why": str(error)[:SHORT]} if str(error) else {}))
        elif isinstance(error, Reject):
            reason, requeue = (*error.args, None, False)[:2]
            self.end("task-rejected", requeue=bool(requeue), why=str(reason or "")[:SHORT])
        elif isinstance(error, Retry):
            self.end("task-retried", exception=_words(error.exc) if error.exc else str(error)[:SHORT])
        else:
            leaves = {} if isinstance(error, Exception) else {"exits": True}
            self.end("task-failed", exception=_words(error), **leaves)


def _tracer(channel: Channel) -> None:
    original = celery.app.trace.build_tracer

    def build_tracer(name: str, task: Any, *args: Any, **options: Any) -> Callable[..., Any]:
        trace = original(name, task, *args, **options)
        more = {"eager": True} if options.get("eager") else {}

        def trace_task(uuid: str, args: Any, kwargs: Any, request: Any = None) -> Any:
            call = _Call(channel, uuid, name, request or {}, **more)
            calls = _calls()
            calls.append(call)
            try:
                result = trace(uuid, args, kwargs, request)
            except BaseException as error:
                call.end_with(error)
                raise
            finally:
                calls.pop()
            _end_by_result(call, result)
            return result

        return trace_task

    for module in USERS_OF_TRACER:
        module.build_tracer = build_tracer

    def begins(**about: Any) -> None:
        calls = _calls()
        if calls and calls[-1].task == about.get("task_id"):
            calls[-1].begin()

    task_prerun.connect(begins, weak=False)


def _end_by_result(call: _Call, result: Any) -> None:
    """What Celery's tracer returned says how the call ended."""
    if result.info is not None:
        error = result.info.retval
        if not isinstance(error, BaseException):
            error = RuntimeError(str(error))
        kind = {states.RETRY: Retry, states.IGNORED: Ignore, states.REJECTED: Reject}.get(result.info.state)
        # A failure may carry an exception of a kind that would mean another end if it were raised.
        if kind is None and isinstance(error, Ignore | Reject | Retry):
            call.end("task-failed", exception=_words(error))
        else:
            call.end_with(error)
    elif call.has_begun:
        call.end("task-succeeded", runtime=round(result.runtime or 0.0, 6))
    else:
        call.end("task-ignored", why="a delivery before had succeeded")


def _replacements() -> None:
    original = Task.replace

    def replace(self: Any, sig: Any) -> Any:
        calls = _calls()
        if not calls or calls[-1].task != self.request.id:
            return original(self, sig)
        call = calls[-1]
        call.parts = []
        try:
            return original(self, sig)
        except Ignore:
            call.replaced_by = call.parts
            raise
        finally:
            call.parts = None

    Task.replace = replace


def _error_callbacks(channel: Channel) -> None:
    """An error callback that takes the exception is called in place, with no message."""
    call_errbacks, call = Backend._call_task_errbacks, Signature.__call__

    def call_task_errbacks(self: Any, request: Any, exc: Any, traceback: Any) -> Any:
        before, _here.failed = getattr(_here, "failed", None), request.id
        try:
            return call_errbacks(self, request, exc, traceback)
        finally:
            _here.failed = before

    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        failed = getattr(_here, "failed", None)
        if failed is None:
            return call(self, *args, **kwargs)
        about = {"task": self.task, "parent_id": failed}
        execution = _Call(channel, str(self.id or uuid.uuid4()), self.task, about, callback="link_error")
        _here.failed = None  # what the callback itself calls is no error callback
        execution.begin()
        try:
            result = call(self, *args, **kwargs)
        except BaseException as error:
            execution.end_with(error)
            raise
        else:
            execution.end("task-succeeded")
            return result
        finally:
            _here.failed = failed

    Backend._call_task_errbacks, Signature.__call__ = call_task_errbacks, noted


def _chord_errors(channel: Channel) -> None:
    """The body of a chord fails without a start where a part of its header has failed."""
    original = Backend.chord_error_from_stack

    def chord_error_from_stack(self: Any, callback: Any, exc: Any = None) -> Any:
        task, name = getattr(callback, "id", None), getattr(callback, "task", None)
        if task and name:
            data = {"why": "a part of its chord failed", **({"exception": _words(exc)} if exc else {})}
            channel.note("task-failed", task=task, name=str(name), data=data)
        return original(self, callback, exc)

    Backend.chord_error_from_stack = chord_error_from_stack


def _calls() -> list[_Call]:
    """The calls under way in this thread, the outermost first."""
    calls: list[_Call] | None = getattr(_here, "calls", None)
    if calls is None:
        calls = _here.calls = []
    return calls


def _words(error: Any) -> str:
    """`ValueError: no tea`, at most `SHORT` characters."""
    text = str(error) if isinstance(error, str) else f"{type(error).__name__}: {error}".removesuffix(": ")
    return text[:SHORT]
