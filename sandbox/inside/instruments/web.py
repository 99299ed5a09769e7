"""uvicorn, Starlette and FastAPI: requests, and background tasks with the thread that executes them."""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.inside.channel import Channel

_numbers = itertools.count(1)


def instrument(channel: Channel, on_start: Callable[[], None]) -> None:
    """`on_start` is called when uvicorn has begun to serve."""
    _serving(on_start)
    _requests(channel)
    _background(channel)


def _serving(on_start: Callable[[], None]) -> None:
    server = importlib.import_module("uvicorn").Server
    original = server.startup

    async def startup(self: Any, sockets: Any = None) -> None:
        await original(self, sockets=sockets)
        if self.started:
            on_start()

    server.startup = startup


def _requests(channel: Channel) -> None:
    config = importlib.import_module("uvicorn").Config
    original = config.load

    def load(self: Any) -> None:
        original(self)
        self.loaded_app = _InstrumentedApp(self.loaded_app, channel)

    config.load = load


class _InstrumentedApp:
    """An ASGI application that notes each request, and its response as soon as uvicorn has accepted the last
    part of the body.
    """

    def __init__(self, app: Any, channel: Channel) -> None:
        self._app, self._channel = app, channel

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if any(name == b"host" and value == b"probe" for name, value in scope.get("headers", ())):
            # The probe reports its own response times, and its many requests would fill the trace.
            await self._app(scope, receive, send)
            return
        request = _NotedRequest(self._channel, scope, send)
        try:
            await self._app(scope, receive, request.send)
        finally:
            request.end()


class _NotedRequest:
    """One request: a note when it starts, and one when its response is complete or can no longer be."""

    def __init__(self, channel: Channel, scope: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        self._channel, self._send, self._begun = channel, send, time.monotonic()
        path = str(scope.get("path", ""))[:300]
        # Each process counts its own requests.
        number = {"request": next(_numbers), "process": os.getpid()}
        self._about = {**number, "method": scope.get("method"), "path": path}
        self._status: int | None = None
        self._is_sent = False
        channel.note("request-started", data=self._about)

    async def send(self, message: Any) -> None:
        """The `send` that the application gets."""
        await self._send(message)
        if message["type"] == "http.response.start":
            self._status = message["status"]
        elif message["type"] == "http.response.body" and not message.get("more_body"):
            self._note_response()

    def end(self) -> None:
        """The application has returned or raised; a response that is not complete now never will be."""
        self._note_response(broken=True)

    def _note_response(self, **more: bool) -> None:
        if self._is_sent:
            return
        self._is_sent = True
        seconds = round(time.monotonic() - self._begun, 4)
        data = {**self._about, "status": self._status, "seconds": seconds, **more}
        self._channel.note("response-sent", data=data)


def _background(channel: Channel) -> None:
    # FastAPI's own collection overrides `__call__`, so the single task is wrapped and not the collection.
    task_class = importlib.import_module("starlette.background").BackgroundTask
    original = task_class.__call__

    async def call(self: Any) -> None:
        noted = _BackgroundTask(channel, self)
        function, self.func = self.func, noted.wrapped(self.func, is_async=self.is_async)
        try:
            await original(self)
        except BaseException as error:
            noted.note("background-failed", error=f"{type(error).__name__}: {error}"[:300])
            raise
        else:
            noted.note("background-ended")
        finally:
            self.func = function

    task_class.__call__ = call


class _BackgroundTask:
    """One background task of one request."""

    def __init__(self, channel: Channel, task: Any) -> None:
        self._channel, self._id = channel, uuid.uuid4().hex
        self._name = getattr(task.func, "__name__", type(task.func).__name__)
        self._where: dict[str, Any] = {"on": "loop" if task.is_async else "thread", "process": os.getpid()}
        self._begun: float | None = None

    def wrapped(self, function: Callable[..., Any], *, is_async: bool) -> Callable[..., Any]:
        """The function, with a note when it starts. That may be late: it may have to wait for a free thread
        of the pool.
        """
        if is_async:

            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                self._start()
                return await function(*args, **kwargs)

            return awaited

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            self._start()
            return function(*args, **kwargs)

        return called

    def note(self, kind: str, **data: Any) -> None:
        took = {} if self._begun is None else {"seconds": round(time.monotonic() - self._begun, 4)}
        self._channel.note(kind, task=self._id, name=self._name, data={**self._where, **took, **data})

    def _start(self) -> None:
        self._where["thread"] = threading.current_thread().name
        self.note("background-started")
        self._begun = time.monotonic()
