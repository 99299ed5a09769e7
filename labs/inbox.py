"""Messages to the runs of one runner: one thread reads the inboxes of all of them."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, cast

import redis

from labs import stream
from labs.valkey import Unreachable, connection, listener

log = logging.getLogger(__name__)
BLOCK_MS = 5000
TRY_AGAIN = 0.2
BELL_KEPT = 3600

Handler = Callable[[dict[str, Any]], None]


class Inbox(threading.Thread):
    """Hands each message to its run's handler, once, in order. A bell of its own (a stream) tells it of new runs."""

    def __init__(self, runner: str) -> None:
        super().__init__(name="inbox", daemon=True)
        self._bell = f"runner:{runner}:bell"
        self._positions: dict[str, str] = {}
        self._handlers: dict[str, tuple[int, Handler]] = {}
        self._lock = threading.Lock()
        self._last_ring = "$"
        self._ended = threading.Event()

    def add(self, run: Any, attempt: int, handler: Handler) -> None:
        """Listen for a run from now on, and to what came before in this attempt."""
        key = stream.inbox_of(run)
        with self._lock:
            self._handlers[key] = (attempt, handler)
            self._positions[key] = "0"
        self._ring()

    def remove(self, run: Any) -> None:
        with self._lock:
            self._handlers.pop(stream.inbox_of(run), None)
            self._positions.pop(stream.inbox_of(run), None)

    def end(self) -> None:
        self._ended.set()
        self._ring()

    def _ring(self) -> None:
        try:
            with connection().pipeline(transaction=False) as pipe:
                pipe.xadd(self._bell, {"": ""}, maxlen=1, approximate=False)
                pipe.expire(self._bell, BELL_KEPT)
                pipe.execute()
        except Unreachable as error:
            log.info("the inbox is told later: %r", error)  # its reader is trying to connect and then looks anew

    def run(self) -> None:
        while not self._ended.is_set():
            client = listener()
            try:
                self._last_ring = self._newest_ring(client)
                while not self._ended.is_set():
                    self._read(client)
            except (OSError, *Unreachable) as error:
                log.debug("inbox: %r", error)
                time.sleep(TRY_AGAIN)
            finally:
                client.close()

    def _newest_ring(self, client: redis.Redis) -> str:
        """A ring that is missed here rang for runs that `_read` finds in its table."""
        newest = cast("list[Any]", client.xrevrange(self._bell, count=1))
        return str(newest[0][0]) if newest else "0"

    def _read(self, client: redis.Redis) -> None:
        with self._lock:
            positions: dict[Any, Any] = {**self._positions, self._bell: self._last_ring}
        answer = cast("list[tuple[str, list[tuple[str, dict[str, str]]]]]", client.xread(positions, block=BLOCK_MS))
        for key, entries in answer or []:
            for number, fields in entries:
                if key == self._bell:
                    self._last_ring = number
                else:
                    self._deliver(key, number, fields)

    def _deliver(self, key: str, number: str, fields: dict[str, str]) -> None:
        with self._lock:
            if key not in self._handlers:
                return
            self._positions[key] = number
            attempt, handler = self._handlers[key]
        if int(fields["attempt"]) == attempt:
            handler(json.loads(fields["message"]))
