"""The one-port door for pages: a thread is taken for a request only when all of it has come.

Django's WSGI application reads a body in its thread, and there are eight threads. So a few connections that
send their bodies slowly, or read their responses slowly, would hold all of them. Here the event loop receives
the whole body first, within a time and a size, and sends the response after the thread is free again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from accounts.network_address import network_of
from config.doors.bounds import MIB, Refused, bounds_of, check_head

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

BODY_WITHIN = 30.0
"""Seconds within which a body must have come."""
MOST_HELD, MOST_HELD_OF_ONE_ADDRESS = 96 * MIB, 32 * MIB
"""Bytes of bodies that are on their way or wait for a thread: in this process, and of one address."""
LARGEST_DRAINED = 16 * MIB
"""Bytes of a refused body that are still read. A browser shows an error if its upload is cut off."""
ABOUT_BODY = (b"content-length", b"transfer-encoding")
PIECE = 64 << 10
"""Bytes that are sent at a time. The server gives each piece its time (connections.py)."""
PLAIN = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
_held: Counter[str] = Counter()


def in_one_piece(application: Any) -> Any:
    """A WSGI application that yields its body in one piece, because each piece makes a thread wait."""

    def joined(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        pieces = application(environ, start_response)
        try:
            return [b"".join(pieces)]
        finally:
            getattr(pieces, "close", lambda: None)()

    return joined


class Gone(Exception):
    """The client has closed the connection."""


def check_scope(scope: Message) -> None:
    """Raise `Refused` if the head of this request is out of bounds."""
    headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    check_head(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers)


async def refuse(scope: Message, send: Send, refused: Refused) -> None:
    """Send the refusal and close the connection, on which the rest of the request may still come."""
    body = b"" if scope["method"] == "HEAD" else f"{refused.sentence}\n".encode()
    headers = [*PLAIN, (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    if refused.status == 503:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class WholeRequests:
    """An ASGI application in front of another one, which gets whole requests and never waits for a client."""

    def __init__(self, pages: Application) -> None:
        self._pages = pages

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        caller = _caller_of(scope)
        incoming = Body(caller, bounds_of(scope["path"]).body)
        try:
            check_scope(scope)
            async with asyncio.timeout(BODY_WITHIN):
                await incoming.receive(scope, receive)
            response = await self._respond(scope, bytes(incoming.received))
        except TimeoutError:
            await refuse(scope, send, Refused(408, "The request did not come in time."))
            return
        except Refused as refused:
            await refuse(scope, send, refused)
            return
        except Gone:
            return
        finally:
            incoming.forget()
        await _send(response, send)

    async def _respond(self, scope: Message, body: bytes) -> list[Message]:
        """The whole response: its start, and one message with its body."""
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def collect(message: Message) -> None:
            messages.append(message)

        # A chunked body has a length now. In WSGI a name with an underscore is the same as one with a hyphen.
        headers = [pair for pair in scope["headers"] if pair[0] not in ABOUT_BODY and b"_" not in pair[0]]
        headers.append((b"content-length", b"%d" % len(body)))
        await self._pages({**scope, "headers": headers}, receive, collect)
        return messages


class Body:
    """The body of one request as it comes. What it takes is counted until `forget`."""

    def __init__(self, caller: str, most: int) -> None:
        self.received = bytearray()
        self._caller, self._most, self._counted = caller, most, 0

    async def receive(self, scope: Message, receive: Receive) -> None:
        """Receive the whole body. Raises `Refused` or `Gone`."""
        given = dict(scope["headers"]).get(b"content-length", b"0")
        announced = int(given) if given.isdigit() and len(given) < 12 else 0
        refused = self._too_large() if announced > self._most else None
        seen, more = 0, announced <= LARGEST_DRAINED
        if not more and refused:
            raise refused
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            piece, more = message.get("body", b""), message.get("more_body", False)
            seen += len(piece)
            if seen > self._most:
                refused = refused or self._too_large()
            if seen > LARGEST_DRAINED:
                break
            if refused is None:
                self._keep(piece)
        if refused is not None:
            raise refused

    def forget(self) -> None:
        """The body is not held any longer."""
        _held[self._caller] -= self._counted
        _held[""] -= self._counted
        for counted in ("", self._caller):
            if _held[counted] <= 0:
                del _held[counted]
        self._counted = 0
        self.received = bytearray()

    def _keep(self, piece: bytes) -> None:
        self.received += piece
        self._counted += len(piece)
        _held[self._caller] += len(piece)
        _held[""] += len(piece)
        if _held[self._caller] > MOST_HELD_OF_ONE_ADDRESS or _held[""] > MOST_HELD:
            raise Refused(503, "Too much is being sent to this site at once. Try again in a moment.")

    def _too_large(self) -> Refused:
        return Refused(413, f"The request is larger than {self._most >> 10:,} kB. Nothing was saved.")


def _caller_of(scope: Message) -> str:
    """The network of a request; never "", under which the sum of all is counted."""
    forwarded = dict(scope["headers"]).get(b"x-forwarded-for")
    address = (scope.get("client") or ("",))[0]
    return network_of(address, forwarded.decode("latin-1") if forwarded is not None else None) or "unknown"


async def _send(response: list[Message], send: Send) -> None:
    """Send a collected response in pieces, each when the client has read most of those before."""
    body = b"".join(message.get("body", b"") for message in response[1:])
    if not response:
        return
    await send(response[0])
    for start in range(0, len(body), PIECE):
        await send({"type": "http.response.body", "body": body[start : start + PIECE], "more_body": True})
    await send({"type": "http.response.body", "body": b""})
