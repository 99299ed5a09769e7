"""Viewers of the feed: one that speaks ASGI without a server, so that every byte and every wait is the feed's
own.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from labs.live import sse_feed, stream
from labs.live.sse_feed import feed
from labs.models import Run
from sandbox.protocol import Kind


def scope_of(
    address: str, *, method: str = "GET", caller: str = "192.0.2.1", **headers: str
) -> dict[str, Any]:
    path, _, query = address.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "client": (caller, 50000),
        "headers": [
            (name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()
        ],
    }


class Viewer:
    """One request. `chunks` collects the body; `leave` is the browser going away."""

    def __init__(self, address: str, **of_scope: str) -> None:
        self.scope = scope_of(address, **of_scope)
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self._gone = asyncio.Event()
        self._news = asyncio.Event()
        self.task = asyncio.get_running_loop().create_task(feed(self.scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message.get("body", b"")
        self._news.set()

    def leave(self) -> None:
        self._gone.set()

    async def finished(self) -> Viewer:
        await asyncio.wait_for(self.task, 10)
        return self

    async def until(self, text: str) -> Viewer:
        """Wait until the body holds a text."""
        async with asyncio.timeout(10):
            while text.encode() not in self.body:
                self._news.clear()
                await self._news.wait()
        return self

    @property
    def ids(self) -> list[int]:
        return [int(line[4:]) for line in self.body.decode().splitlines() if line.startswith("id: ")]

    @property
    def events(self) -> list[dict[str, Any]]:
        lines = self.body.decode().splitlines()
        return [json.loads(line[6:]) for line in lines if line.startswith("data: {") and line != "data: {}"]


def address(run: Run | uuid.UUID) -> str:
    return f"/api/runs/{getattr(run, 'pk', run)}/events/"


def mark(text: str) -> str:
    return stream.run_event(Kind.MARK, text=text)


def play(story: Callable[[], Awaitable[Any]]) -> Any:
    """Run a story in a loop of its own and let go of the loop's reader."""

    async def whole() -> Any:
        try:
            return await asyncio.wait_for(story(), 20)
        finally:
            await sse_feed.close()

    return asyncio.run(whole())


async def put(run: Run, first: int, *bodies: str, claim: int = 1) -> None:
    events = [(f"{first}.0", body) for body in bodies]
    await asyncio.to_thread(stream.append_events, run.pk, claim, first, events)
