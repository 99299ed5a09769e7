"""One reader of streams for all viewers of a process, so that each event is read once.

A channel holds the events of one run. A viewer is only a position in a channel, so that a slow viewer delays
nobody else.
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

from labs.live import stream
from labs.live.archive import ArchivedTrace, archived_trace, queue_places
from labs.valkey import RESPOND_WITHIN, Unreachable
from sandbox.protocol import Kind

log = logging.getLogger(__name__)
BLOCK_MS = 5000
AT_ONCE = 500
RECONNECT_AFTER = 0.25
LOOK_AFTER = 6.0
"""Seconds without an event after which the database is asked whether the run has ended."""
PLACES_EVERY = 0.5
"""Seconds between looks at the queue while somebody waits in it and watches: one look for all who do."""
BEGINNING = rf'\{{"seq": \d+, "t": [\d.]+, "lane": "{stream.RUN_LANE}", "kind": '
LAST = re.compile(rf'{BEGINNING}"{Kind.RUN_ENDED}"')
WAITS = re.compile(rf'{BEGINNING}"({Kind.RUN_QUEUED}|{Kind.RUN_REQUEUED})"')
BELL_KEPT = 3600
CONNECTIONS = 8
WAIT_FOR_CONNECTION = 5.0


def frame(number: int, line: str) -> bytes:
    """One event in the format of Server-Sent Events. JSON has no raw line break that could end it early."""
    return f"id: {number}\ndata: {line}\n\n".encode()


def is_last(line: str) -> bool:
    """Is this line of a trace the end of the run? The runner writes the beginning of a line, so no data
    from a jail can forge it.
    """
    return LAST.match(line) is not None


@dataclass(eq=False)
class Channel:
    """The frames of one run, from the first event on; frame n has the seq n + 1."""

    run: str
    lines: list[str] = field(default_factory=list)
    ended: bool = False
    viewers: int = 0
    place: int | None = None
    """In the queue, from 1; 0 when a runner has taken the run and it has not begun; None when not known."""
    places_wanted: int = 0
    """Viewers who want to be told of the place."""
    waiting: set[asyncio.Future[None]] = field(default_factory=set)
    heard: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    @property
    def position(self) -> str:
        return f"{len(self.lines)}-0"

    def add(self, number: int, line: str) -> None:
        """Add an event if it is the next one; skip it if the channel has it."""
        if number != len(self.lines) + 1:
            return
        self.lines.append(line)
        self.ended = self.ended or is_last(line)

    def replace(self, found: ArchivedTrace) -> None:
        """Add the trace of the database, and end the channel: the run ended, and the stream does not show
        it.
        """
        for number, line in enumerate(found.lines, start=1):
            self.add(number, line)
        self.ended = True

    def note_news(self) -> None:
        """Events came: wake every viewer."""
        self.heard = asyncio.get_running_loop().time()
        self._wake()

    @property
    def has_begun(self) -> bool:
        """Has the run begun or ended? A run that has gone back to the queue has not."""
        return bool(self.lines) and WAITS.match(self.lines[-1]) is None

    def put_at(self, place: int) -> None:
        """Note the place in the queue and wake every viewer if it is another one."""
        if place != self.place:
            self.place = place
            self._wake()

    def _wake(self) -> None:
        for waiter in self.waiting:
            let_go(waiter)
        self.waiting.clear()


def let_go(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class Broadcaster:
    """The reader. It belongs to one event loop, starts with the first viewer and stops after the last one."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self.callers: Counter[str] = Counter()
        self._task: asyncio.Task[None] | None = None
        self._bell = f"feed:{uuid.uuid4()}:bell"
        self._last_ring = "0"
        self._client = _client(RESPOND_WITHIN)

    async def has_ended(self, run: str) -> bool | None:
        """Is the stream's last event the end of the run? None when there is no stream.

        Raises what `labs.valkey.Unreachable` lists.
        """
        found = cast("list[Any]", await self._client.xrevrange(stream.events_key(run), count=1))
        if not found:
            return None
        return is_last(_line(*found[0]))

    async def whole(self, run: str) -> list[str]:
        """All lines that the stream has."""
        found = cast("list[Any]", await self._client.xrange(stream.events_key(run)))
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
        """A channel that is read as long as it has viewers. `callers` counts the viewers of each address."""
        channel = self.channels.get(run) or self.channels.setdefault(run, Channel(run))
        channel.viewers += 1
        self.callers[caller] += 1
        try:
            if channel.viewers == 1:
                await self._wake_reader()
            if self._task is None or self._task.done():
                self._task = asyncio.get_running_loop().create_task(self._read_for_ever())
            yield channel
        finally:
            channel.viewers -= 1
            self.callers -= Counter([caller])  # unlike `-= 1`, this drops counts of zero
            if not channel.viewers:
                self.channels.pop(run, None)

    async def _wake_reader(self) -> None:
        """Wake the reader, which is blocked reading the old channels, because there is a new one."""
        try:
            await self._client.xadd(self._bell, {"": ""}, maxlen=1, approximate=False)
            await self._client.expire(self._bell, BELL_KEPT)
        except (OSError, *Unreachable) as error:
            log.debug("the reader finds the new channel when it connects again: %r", error)

    async def _read_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        watches = [loop.create_task(look) for look in (self._look_for_silent_ends(), self._look_for_places())]
        try:
            while self.channels:
                client = _client(None)
                try:
                    while self.channels:
                        await self._read(client)
                except (OSError, *Unreachable) as error:
                    log.info("the streams cannot be read: %r", error)
                    await asyncio.sleep(RECONNECT_AFTER)
                finally:
                    await client.aclose()
        finally:
            for watch in watches:
                watch.cancel()

    async def _read(self, client: redis.asyncio.Redis) -> None:
        open_channels = {run: channel for run, channel in self.channels.items() if not channel.ended}
        live = {stream.events_key(run): channel for run, channel in open_channels.items()}
        positions: dict[Any, Any] = {key: channel.position for key, channel in live.items()}
        positions[self._bell] = self._last_ring
        answer = cast("list[Any]", await client.xread(positions, count=AT_ONCE, block=BLOCK_MS))
        for key, entries in answer or []:
            if key == self._bell:
                self._last_ring = entries[-1][0]
                continue
            for number, fields in entries:
                live[key].add(int(number.partition("-")[0]), _line(number, fields))
            live[key].note_news()

    async def _look_for_places(self) -> None:
        """Look up the places of all queued runs whose viewers want to know them, with one query."""
        while True:
            await asyncio.sleep(PLACES_EVERY)
            waiting = [one for one in self.channels.values() if one.places_wanted and not one.has_begun]
            if not waiting:
                continue
            try:
                places = await queue_places()
            except Exception as error:  # whatever the database raises, the next look may succeed
                log.warning("the database was not asked about the queue: %r", error)
                continue
            for channel in waiting:
                channel.put_at(places.get(channel.run, 0))

    async def _look_for_silent_ends(self) -> None:
        """Ask the database about channels without news. If a runner died between its two writes, or the
        stream was lost, only the database has the end of the run.
        """
        while True:
            await asyncio.sleep(LOOK_AFTER / 3)
            now = asyncio.get_running_loop().time()
            for channel in list(self.channels.values()):
                if channel.ended or now - channel.heard < LOOK_AFTER:
                    continue
                channel.heard = now
                try:
                    found = await archived_trace(channel.run)
                except Exception as error:  # whatever the database raises, the next look may succeed
                    log.warning("the database was not asked about run %s: %r", channel.run, error)
                    continue
                if found is not None and found.ended:
                    channel.replace(found)
                    channel.note_news()


def _line(number: str, fields: dict[str, str]) -> str:
    return stream.trace_line(int(number.partition("-")[0]), fields["t"], fields["e"])


def _client(respond_within: float | None) -> redis.asyncio.Redis:
    """A client with few connections. When many viewers come at once, they wait for a free one."""
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        settings.REDIS_URL,
        max_connections=CONNECTIONS,
        timeout=WAIT_FOR_CONNECTION,
        decode_responses=True,
        socket_timeout=respond_within,
        socket_connect_timeout=1.0,
        retry=Retry(NoBackoff(), 1 if respond_within else 0),
    )
    return redis.asyncio.Redis.from_pool(pool)
