"""The live stream of a run: a raw ASGI application for `/api/runs/<uuid>/events/`, as Server-Sent Events or
as JSON.

It needs no session: whoever has the link of a run may look. Accepting a viewer costs no Django middleware.
"""

from __future__ import annotations

import asyncio
import json
import logging
import weakref
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.db import Error as DatabaseError

from accounts.network_address import network_of
from labs.live.archive import archived_trace
from labs.live.broadcaster import Broadcaster, Channel, frame, let_go
from labs.problem_documents import CONTENT_TYPE, document
from labs.valkey import Unreachable

log = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

COMMENT_EVERY = 15.0
RETRY_MS = 1000
FRAMES_AT_ONCE = 200
MOST_OF_ONE_ADDRESS = 200
"""Live streams that one address may hold open in a process: 60 people behind one address with three windows
each (a tab that nobody sees holds none), and a tenth of the viewers that a process has served
(docs/performance.md).
"""
RETRY_AFTER = {429: b"10", 503: b"2"}
END = b"event: end\ndata: {}\n\n"
PLACE = b'event: place\ndata: {"place": %d}\n\n'
HEADERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
STREAM = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no"), *HEADERS]

_broadcasters: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Broadcaster] = weakref.WeakKeyDictionary()


class FeedRefusal(Exception):
    """The request is refused. `status` and `detail` go into the problem document."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


@dataclass(frozen=True)
class Asked:
    """What a viewer asks for: the events after the seq `after`, as a stream or as one JSON array; with
    `only_head` (a HEAD request) only the headers. With `places` a stream also tells the place of a run that
    waits in the queue, as `event: place`. `caller` is the network that quotas count.
    """

    run: str
    after: int
    as_array: bool
    only_head: bool
    caller: str
    places: bool


async def close() -> None:
    """Close this event loop's broadcaster. Servers and tests call it before they end the loop."""
    if broadcaster := _broadcasters.pop(asyncio.get_running_loop(), None):
        await broadcaster.close()


async def feed(scope: Message, receive: Receive, send: Send) -> None:
    """Respond to one request for the events of a run."""
    loop = asyncio.get_running_loop()
    broadcaster = _broadcasters.get(loop) or _broadcasters.setdefault(loop, Broadcaster())
    try:
        asked = _read(scope)
        if asked.as_array:
            await _array(broadcaster, asked, send)
        else:
            await _stream(broadcaster, asked, receive, send)
    except FeedRefusal as refusal:
        body = json.dumps(document(refusal.status, refusal.detail)).encode()
        headers = [(b"content-type", CONTENT_TYPE.encode()), *HEADERS]
        if refusal.status in RETRY_AFTER:
            headers.append((b"retry-after", RETRY_AFTER[refusal.status]))
        if refusal.status == 405:
            headers.append((b"allow", b"GET, HEAD"))
        await _answer(send, refusal.status, headers, b"" if scope["method"] == "HEAD" else body)


def _read(scope: Message) -> Asked:
    if scope["method"] not in ("GET", "HEAD"):
        raise FeedRefusal(405, "Events can only be read.")
    try:
        run = str(UUID(scope["path"].rstrip("/").split("/")[-2]))
    except ValueError:
        raise FeedRefusal(404, "There is no such run.") from None
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    accept = headers.get(b"accept", "")
    as_array = "application/json" in accept and "text/event-stream" not in accept
    after = _after(headers.get(b"last-event-id"), scope["query_string"])
    caller = network_of((scope.get("client") or ("",))[0], headers.get(b"x-forwarded-for"))
    places = "places" in parse_qs(scope["query_string"].decode("latin-1"))
    return Asked(run, after, as_array, scope["method"] == "HEAD", caller, places)


def _after(last_event_id: str | None, query: bytes) -> int:
    """The seq after which the viewer wants events. Raises `FeedRefusal` if it is not a whole number.

    A browser that reconnects sends its old `?after=` again and adds Last-Event-ID, so the header counts.
    """
    given = last_event_id or parse_qs(query.decode("latin-1")).get("after", ["0"])[0]
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise FeedRefusal(422, "Last-Event-ID and ?after= take the seq of an event, a whole number.")
    return int(given)


async def _array(broadcaster: Broadcaster, asked: Asked, send: Send) -> None:
    """Send the events after `asked.after` that there are so far, as one JSON array."""
    lines = await _lines_of_ended(broadcaster, asked.run)
    if lines is None:
        lines = await _reachable(broadcaster.whole(asked.run))
    body = ("[" + ",\n".join(lines[asked.after :]) + "]").encode()
    await _answer(
        send, 200, [(b"content-type", b"application/json"), *HEADERS], b"" if asked.only_head else body
    )


async def _stream(broadcaster: Broadcaster, asked: Asked, receive: Receive, send: Send) -> None:
    lines = await _lines_of_ended(broadcaster, asked.run)
    if lines is not None and asked.after >= len(lines):
        await _answer(send, 204, HEADERS, b"")
    elif asked.only_head:
        await _answer(send, 200, STREAM, b"")
    elif lines is not None:
        await _begin(send)
        await _send_frames(send, lines, asked.after)
        await send({"type": "http.response.body", "body": END})
    else:
        await _live(broadcaster, asked, receive, send)


async def _lines_of_ended(broadcaster: Broadcaster, run: str) -> list[str] | None:
    """The whole trace of a run that has ended; None if the run has not ended. Raises `FeedRefusal` if there
    is no such run.
    """
    try:
        ended = await broadcaster.has_ended(run)
        if ended is False:
            return None
        if ended and (lines := await broadcaster.whole(run)):
            return lines
    except (OSError, *Unreachable) as error:
        log.info("the database answers for the stream: %r", error)
    try:
        found = await archived_trace(run)
    except DatabaseError as error:
        raise FeedRefusal(503, "The database does not answer; try again.") from error
    if found is None:
        raise FeedRefusal(404, "There is no such run.")
    return found.lines if found.ended else None


async def _reachable(lines: Awaitable[list[str]]) -> list[str]:
    try:
        return await lines
    except (OSError, *Unreachable) as error:
        raise FeedRefusal(503, "The live events cannot be read at present; try again.") from error


async def _live(broadcaster: Broadcaster, asked: Asked, receive: Receive, send: Send) -> None:
    """Send events until the run ends or the viewer disconnects."""
    if asked.caller and broadcaster.callers[asked.caller] >= MOST_OF_ONE_ADDRESS:
        raise FeedRefusal(429, "Too many live streams are open from your network; close some, or try again.")
    viewer = Viewer(send, asked.after, places=asked.places)
    watcher = asyncio.get_running_loop().create_task(_until_gone(receive, viewer))
    try:
        async with broadcaster.watching(asked.run, asked.caller) as channel:
            await _begin(send)
            await viewer.follow(channel)
    finally:
        watcher.cancel()


async def _until_gone(receive: Receive, viewer: Viewer) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.leave()


class Viewer:
    """A position in a channel, and what it waits for: news, the next comment, or its own end."""

    def __init__(self, send: Send, seen: int, *, places: bool) -> None:
        self._send, self._seen, self._wants_places = send, seen, places
        self._place: int | None = None
        self._gone = False
        self._waiter: asyncio.Future[None] | None = None

    def leave(self) -> None:
        """The browser has gone."""
        self._gone = True
        if self._waiter is not None:
            let_go(self._waiter)

    async def follow(self, channel: Channel) -> None:
        """Send what the channel has and gets, until it ends or the browser has gone."""
        channel.places_wanted += self._wants_places
        try:
            await self._follow(channel)
        finally:
            channel.places_wanted -= self._wants_places

    async def _follow(self, channel: Channel) -> None:
        while not self._gone:
            if self._seen < len(channel.lines):
                self._seen = await _send_frames(self._send, channel.lines, self._seen)
            elif channel.ended:
                await self._send({"type": "http.response.body", "body": END})
                return
            elif self._has_moved(channel):
                self._place = channel.place
                await self._send(
                    {"type": "http.response.body", "body": PLACE % self._place, "more_body": True}
                )
            elif not await self._news(channel) and not self._gone:
                await self._send(
                    {"type": "http.response.body", "body": b": still here\n\n", "more_body": True}
                )

    async def _news(self, channel: Channel) -> bool:
        """Wait for the channel; False when nothing came for `COMMENT_EVERY` seconds."""
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        channel.waiting.add(waiter)
        timer = loop.call_later(COMMENT_EVERY, let_go, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            channel.waiting.discard(waiter)
        return self._seen < len(channel.lines) or channel.ended or self._has_moved(channel)

    def _has_moved(self, channel: Channel) -> bool:
        """Is there a place in the queue to tell?"""
        return self._wants_places and not channel.has_begun and channel.place not in (None, self._place)


async def _send_frames(send: Send, lines: list[str], seen: int) -> int:
    """Send what follows `seen`, some at a time: `send` waits for a slow viewer."""
    while seen < len(lines):
        some = lines[seen : seen + FRAMES_AT_ONCE]
        body = b"".join(frame(seen + n, line) for n, line in enumerate(some, start=1))
        await send({"type": "http.response.body", "body": body, "more_body": True})
        seen += len(some)
    return seen


async def _begin(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": STREAM})
    await send({"type": "http.response.body", "body": b"retry: %d\n\n" % RETRY_MS, "more_body": True})


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = [] if status == 204 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body})
