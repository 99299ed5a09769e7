"""uvicorn's protocol with bounds: the time and the size of a request's head, the time that a client may take
to read, and the number of connections.

uvicorn itself waits for ever for the rest of a head, and for a client that does not read.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from accounts.network_address import network_of
from config.doors.bounds import LARGEST_HEAD, LONGEST_PATH, LONGEST_QUERY

HEAD_WITHIN = 10.0
"""Seconds from the first byte of a request, or from the connection, to the end of the request's head."""
READ_WITHIN = 30.0
"""Seconds within which a client must have read what was sent, some 64 KiB at a time."""
MOST_CONNECTIONS, MOST_OF_ONE_ADDRESS = 2000, 500
"""Open connections of this process. Where there are more, those that have waited longest without a whole
request are closed: first those of the address that holds the most.
"""
LONGEST_TARGET = 3 * LONGEST_PATH + LONGEST_QUERY
"""Bytes of a request's target, where a byte of the path may be written as %XX."""


class Connections:
    """All connections of a process by address. Each value says whether the connection waits for a request."""

    def __init__(self) -> None:
        self.of: dict[str, OrderedDict[BoundedProtocol, None]] = {}
        self.number = 0

    def add(self, one: BoundedProtocol) -> None:
        """Count a connection; close one that waits, if there are too many."""
        self.of.setdefault(one.caller, OrderedDict())[one] = None
        self.number += 1
        if len(self.of[one.caller]) > MOST_OF_ONE_ADDRESS:
            self._close_one_of(one.caller)
        elif self.number > MOST_CONNECTIONS:
            self._close_one_of(max(self.of, key=lambda caller: len(self.of[caller])))

    def remove(self, one: BoundedProtocol) -> None:
        """Forget a connection. A second call changes nothing."""
        mine = self.of.get(one.caller, OrderedDict())
        if one in mine:
            del mine[one]
            self.number -= 1
            if not mine:
                del self.of[one.caller]

    def begin_again(self, one: BoundedProtocol) -> None:
        """The connection has had a response, so that it waits from now on."""
        if one in self.of.get(one.caller, ()):
            self.of[one.caller].move_to_end(one)

    def _close_one_of(self, caller: str) -> None:
        mine = self.of[caller]
        chosen = next((one for one in mine if one.is_waiting), next(reversed(mine)))
        self.remove(chosen)
        chosen.transport.abort()


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    connections_by_address: ClassVar[Connections] = Connections()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caller = ""
        self.is_waiting = True
        """Whether the client has yet to send (the rest of) a request."""
        self._head_bytes = 0
        self._refused = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._read_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.caller = network_of(self.client[0] if self.client else "", None)
        self._wait_for_head()
        self.connections_by_address.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.connections_by_address.remove(self)
        for timer in (self._head_timer, self._read_timer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    # What comes

    def data_received(self, data: bytes) -> None:
        if self.parser is None or self.transport.is_closing():
            return
        if self._head_timer is None and (self.cycle is None or self.cycle.response_complete):
            self._wait_for_head()  # also for the rest of a body whose request has had its response
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        self.is_waiting = True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > LONGEST_TARGET:
            self._refuse(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > LARGEST_HEAD:
            self._refuse(431)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.is_waiting = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.is_waiting = True
        self.connections_by_address.begin_again(self)
        super().on_response_complete()

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_WITHIN, self._close)

    def _refuse(self, status: int) -> None:
        self._refused = status
        raise ValueError(status)  # the parser makes an error of its own of it, which `data_received` handles

    def send_400_response(self, msg: str) -> None:
        """Respond to what is no request, or whose head is too large, and close the connection."""
        if self._refused:
            body = b"The address is too long.\n" if self._refused == 414 else b"The headers are too large.\n"
            head = b"content-type: text/plain\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
            self.transport.write(STATUS_LINE[self._refused] + head % len(body) + body)
            self.transport.close()
        elif self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            super().send_400_response(msg)
        else:
            self.transport.close()

    # What goes

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._read_timer is None:
            self._read_timer = self.loop.call_later(READ_WITHIN, self._close)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def _close(self) -> None:
        """Time is up: end the connection at once, whatever it has not read yet."""
        self._head_timer = self._read_timer = None
        self.transport.abort()
