"""Commands to the runs of one runner: one thread reads the command streams of all of them."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, cast

import redis

from labs.live import stream
from labs.valkey import Unreachable, connection, listener

log = logging.getLogger(__name__)
BLOCK_MS = 5000
RECONNECT_AFTER = 0.2
BELL_KEPT = 3600

Handler = Callable[[dict[str, Any]], None]


class CommandListener(threading.Thread):
    """Passes each message to its run's handler, once and in order. A stream of its own, the bell, wakes the
    thread when a run is added, because a blocked XREAD cannot get a further key.
    """

    def __init__(self, runner: str) -> None:
        super().__init__(name="command-listener", daemon=True)
        self._bell = f"runner:{runner}:bell"
        self._positions: dict[str, str] = {}
        self._handlers: dict[str, tuple[int, Handler]] = {}
        self._lock = threading.Lock()
        self._last_ring = "$"
        self._ended = threading.Event()

    def add(self, run: Any, claim: int, handler: Handler) -> None:
        """Listen for messages to a run, including those that came earlier in this claim."""
        key = stream.commands_key(run)
        with self._lock:
            self._handlers[key] = (claim, handler)
            self._positions[key] = "0"
        self._wake()

    def remove(self, run: Any) -> None:
        with self._lock:
            self._handlers.pop(stream.commands_key(run), None)
            self._positions.pop(stream.commands_key(run), None)

    def end(self) -> None:
        self._ended.set()
        self._wake()

    def _wake(self) -> None:
        try:
            with connection().pipeline(transaction=False) as pipe:
                pipe.xadd(self._bell, {"": ""}, maxlen=1, approximate=False)
                pipe.expire(self._bell, BELL_KEPT)
                pipe.execute()
        except Unreachable as error:
            # The thread cannot read either. When it has connected again, it reads the table of runs anew.
            log.info("the command listener hears of the run later: %r", error)

    def run(self) -> None:
        while not self._ended.is_set():
            client = listener()
            try:
                self._last_ring = self._newest_ring(client)
                while not self._ended.is_set():
                    self._read(client)
            except (OSError, *Unreachable) as error:
                log.debug("commands cannot be read: %r", error)
                time.sleep(RECONNECT_AFTER)
            finally:
                client.close()

    def _newest_ring(self, client: redis.Redis) -> str:
        """The position in the bell. Earlier rings were for runs that are in the table already."""
        newest = cast("list[Any]", client.xrevrange(self._bell, count=1))
        return str(newest[0][0]) if newest else "0"

    def _read(self, client: redis.Redis) -> None:
        with self._lock:
            positions: dict[Any, Any] = {**self._positions, self._bell: self._last_ring}
        answer = cast(
            "list[tuple[str, list[tuple[str, dict[str, str]]]]]", client.xread(positions, block=BLOCK_MS)
        )
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
            claim, handler = self._handlers[key]
        if fields.get("claim") == str(claim):
            handler(json.loads(fields["message"]))
