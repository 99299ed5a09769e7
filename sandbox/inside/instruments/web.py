"""uvicorn, Starlette and FastAPI: requests, and background tasks with the thread that they ran on."""

from __future__ import annotations

import functools
import importlib
import itertools
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.inside.channel import Channel

_numbers = itertools.count(1)


def instrument(channel: Channel, on_start: Callable[[], None]) -> None:
    """`on_start` is called when uvicorn serves."""
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
        self.loaded_app = _Watched(self.loaded_app, channel)

    config.load = load


class _Watched:
    """An ASGI application whose requests and answers are told. The answer is told when its last byte has been handed over."""

    def __init__(self, app: Any, channel: Channel) -> None:
        self._app, self._channel = app, channel

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number, begun, path = next(_numbers), time.monotonic(), str(scope.get("path", ""))[:300]
        if any(name == b"host" and value == b"probe" for name, value in scope.get("headers", ())):
            await self._app(scope, receive, send)  # the probe summarises its own waits
            return
        about = {"request": number, "method": scope.get("method"), "path": path}
        self._channel.note("request-started", data=about)
        answer: dict[str, Any] = {"status": None}

        async def tell(message: Any) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                answer["status"] = message["status"]
            elif message["type"] == "http.response.body" and not message.get("more_body") and "sent" not in answer:
                answer["sent"] = True
                self._channel.note(
                    "response-sent",
                    data={**about, "status": answer["status"], "seconds": round(time.monotonic() - begun, 4)},
                )

        try:
            await self._app(scope, receive, tell)
        finally:
            if "sent" not in answer:
                seconds = round(time.monotonic() - begun, 4)
                self._channel.note(
                    "response-sent", data={**about, "status": answer["status"], "seconds": seconds, "broken": True}
                )


def _background(channel: Channel) -> None:
    # FastAPI's own collection overrides `__call__`, so the single task is wrapped and not the collection.
    task_class = importlib.import_module("starlette.background").BackgroundTask
    original = task_class.__call__

    async def call(self: Any) -> None:
        told = _Told(channel, self)
        function, self.func = self.func, told.wrapped(self.func, is_async=self.is_async)
        try:
            await original(self)
        except BaseException as error:
            told.note("background-failed", error=f"{type(error).__name__}: {error}"[:300])
            raise
        else:
            told.note("background-ended")
        finally:
            self.func = function

    task_class.__call__ = call


class _Told:
    """One background task of one request."""

    def __init__(self, channel: Channel, task: Any) -> None:
        self._channel, self._id = channel, uuid.uuid4().hex
        self._name = getattr(task.func, "__name__", type(task.func).__name__)
        self._where: dict[str, Any] = {"on": "loop" if task.is_async else "thread"}
        self._begun: float | None = None

    def wrapped(self, function: Callable[..., Any], *, is_async: bool) -> Callable[..., Any]:
        """The function, told to have started when it really starts: a thread of the pool may have to be waited for."""
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
