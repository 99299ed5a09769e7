"""One reader of streams for all viewers of a process: each event is read once and encoded once, whoever watches.

A channel holds the frames of one run; a viewer is only a position in it, so that a slow one costs nothing but its own delay.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from labs import stream
from labs.past import Past, past
from labs.valkey import ANSWER_WITHIN, Unreachable
from sandbox.protocol import Kind

log = logging.getLogger(__name__)
BLOCK_MS = 5000
AT_ONCE = 500
TRY_AGAIN = 0.25
LOOK_AFTER = 6.0
"""Seconds without an event after which the database is asked whether the run has ended."""
LAST = re.compile(rf'\{{"seq": \d+, "t": [\d.]+, "lane": "{stream.RUN_LANE}", "kind": "{Kind.RUN_ENDED}"')
BELL_KEPT = 3600
CONNECTIONS = 8
WAIT_FOR_CONNECTION = 5.0


def frame(number: int, line: str) -> bytes:
    """One event as Server-Sent Events spell it; JSON has no raw line break that could end it early."""
    return f"id: {number}\ndata: {line}\n\n".encode()


def is_last(line: str) -> bool:
    """Is this line of a trace the end of the run? It is told by its beginning, which no data of a jail can forge."""
    return LAST.match(line) is not None


@dataclass(eq=False)
class Channel:
    """The frames of one run, from the first event on; frame n has the seq n + 1."""

    run: str
    lines: list[str] = field(default_factory=list)
    ended: bool = False
    viewers: int = 0
    waiting: set[asyncio.Future[None]] = field(default_factory=set)
    heard: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    @property
    def position(self) -> str:
        return f"{len(self.lines)}-0"

    def add(self, number: int, line: str) -> None:
        """Take an event that comes next; one that is known is passed over."""
        if number != len(self.lines) + 1:
            return
        self.lines.append(line)
        self.ended = self.ended or is_last(line)

    def replace(self, found: Past) -> None:
        """What the database has is the truth: the run ended, and the stream did not say so."""
        for number, line in enumerate(found.lines, start=1):
            self.add(number, line)
        self.ended = True

    def ring(self) -> None:
        """Let every viewer go on."""
        self.heard = asyncio.get_running_loop().time()
        for waiter in self.waiting:
            let_go(waiter)
        self.waiting.clear()


def let_go(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class Hub:
    """The reader. It belongs to one event loop, starts with the first viewer and rests when there is none."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self.callers: Counter[str] = Counter()
        self._task: asyncio.Task[None] | None = None
        self._bell = f"feed:{uuid.uuid4()}:bell"
        self._last_ring = "0"
        self._client = _client(ANSWER_WITHIN)

    async def has_ended(self, run: str) -> bool | None:
        """Does the stream's last event end the run? None when there is no stream.

        Raises what `labs.valkey.Unreachable` lists.
        """
        found = cast("list[Any]", await self._client.xrevrange(stream.key_of(run), count=1))
        if not found:
            return None
        return is_last(_line(*found[0]))

    async def whole(self, run: str) -> list[str]:
        """All lines that the stream has."""
        found = cast("list[Any]", await self._client.xrange(stream.key_of(run)))
        return [_line(number, fields) for number, fields in found]

    async def close(self) -> None:
        """End the reader and its connections."""
        self.channels.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._client.aclose()

    @contextlib.asynccontextmanager
    async def watching(self, run: str, caller: str) -> AsyncIterator[Channel]:
        """A channel that is read as long as somebody watches it; `callers` counts who watches."""
        channel = self.channels.get(run) or self.channels.setdefault(run, Channel(run))
        channel.viewers += 1
        self.callers[caller] += 1
        try:
            if channel.viewers == 1:
                await self._ring()
            if self._task is None or self._task.done():
                self._task = asyncio.get_running_loop().create_task(self._read_for_ever())
            yield channel
        finally:
            channel.viewers -= 1
            self.callers -= Counter([caller])  # which drops what is zero
            if not channel.viewers:
                self.channels.pop(run, None)

    async def _ring(self) -> None:
        """Tell the reader, which waits for news of the old channels, that there is a new one."""
        try:
            await self._client.xadd(self._bell, {"": ""}, maxlen=1, approximate=False)
            await self._client.expire(self._bell, BELL_KEPT)
        except (OSError, *Unreachable) as error:
            log.debug("the reader finds the new channel when it connects again: %r", error)

    async def _read_for_ever(self) -> None:
        watch = asyncio.get_running_loop().create_task(self._look_for_silent_ends())
        try:
            while self.channels:
                client = _client(None)
                try:
                    while self.channels:
                        await self._read(client)
                except (OSError, *Unreachable) as error:
                    log.info("the stream is away: %r", error)
                    await asyncio.sleep(TRY_AGAIN)
                finally:
                    await client.aclose()
        finally:
            watch.cancel()

    async def _read(self, client: redis.asyncio.Redis) -> None:
        live = {stream.key_of(run): channel for run, channel in self.channels.items() if not channel.ended}
        positions: dict[Any, Any] = {key: channel.position for key, channel in live.items()}
        positions[self._bell] = self._last_ring
        answer = cast("list[Any]", await client.xread(positions, count=AT_ONCE, block=BLOCK_MS))
        for key, entries in answer or []:
            if key == self._bell:
                self._last_ring = entries[-1][0]
                continue
            for number, fields in entries:
                live[key].add(int(number.partition("-")[0]), _line(number, fields))
            live[key].ring()

    async def _look_for_silent_ends(self) -> None:
        """A run whose runner died between the database and the stream, or whose stream was lost, has its end in the
        database alone."""
        while True:
            await asyncio.sleep(LOOK_AFTER / 3)
            now = asyncio.get_running_loop().time()
            for channel in list(self.channels.values()):
                if channel.ended or now - channel.heard < LOOK_AFTER:
                    continue
                channel.heard = now
                try:
                    found = await past(channel.run)
                except Exception as error:  # any database's trouble: the next look may do
                    log.warning("the database was not asked about run %s: %r", channel.run, error)
                    continue
                if found is not None and found.ended:
                    channel.replace(found)
                    channel.ring()


def _line(number: str, fields: dict[str, str]) -> str:
    return stream.line(int(number.partition("-")[0]), fields["t"], fields["e"])


def _client(answer_within: float | None) -> redis.asyncio.Redis:
    """A client with few connections: a crowd that comes at once takes turns."""
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        settings.REDIS_URL,
        max_connections=CONNECTIONS,
        timeout=WAIT_FOR_CONNECTION,
        decode_responses=True,
        socket_timeout=answer_within,
        socket_connect_timeout=1.0,
        retry=Retry(NoBackoff(), 1 if answer_within else 0),
    )
    return redis.asyncio.Redis.from_pool(pool)
