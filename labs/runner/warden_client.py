"""The runner's connection to the warden of its host (sandbox/protocol.py): one connection is one run.

The warden has validated every event. The runner writes an event's text into the trace as it was read; see
docs/decisions/events-validated-once.md.
"""

from __future__ import annotations

import contextlib
import json
import math
import selectors
import socket
import threading
from dataclasses import dataclass
from typing import Any, NoReturn

from django.conf import settings

from sandbox.protocol import EVENT_LIMIT, JAIL_KINDS, LANE, LINE_LIMIT, Kind, RunRequest, WardenStatus, line

CONNECT_WITHIN = 1.0
SEND_WITHIN = 5.0
PIECE = 1 << 18
EVENT = '{"event": '
"""How a warden's line begins when it has an event; the event's text and a `}` follow."""
FIELDS = {"lane": str, "kind": str, "task": str, "name": str, "attempt": int, "data": dict}


class WardenGone(Exception):
    """No warden accepts a connection at the socket, or the connection has ended."""


class NotAnEvent(ValueError):
    """What a warden sent as an event cannot be written into a trace; the text says why."""


@dataclass(frozen=True, slots=True)
class WardenEvent:
    """An event as it was read. `text` is its JSON on the wire; None where that cannot be used as it is."""

    fields: Any
    text: str | None = None


class Connection:
    """One connection. One thread reads, any thread may write or `wake` the reader."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(CONNECT_WITHIN)
        try:
            self._socket.connect(str(settings.WARDEN_SOCKET))
        except OSError as error:
            self._socket.close()
            raise WardenGone(f"{settings.WARDEN_SOCKET}: {error.strerror}") from error
        self._socket.settimeout(SEND_WITHIN)
        self._rest = b""
        self._writing = threading.Lock()
        self._waker, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; the warden then kills the run's jail."""
        with self._writing:
            for one in (self._selector, self._socket, self._waker, self._woken):
                one.close()

    def send(self, message: dict[str, Any]) -> None:
        """Write one line; raises `WardenGone`."""
        text = line(message)
        with self._writing:
            try:
                self._socket.sendall(text)
            except OSError as error:
                raise WardenGone(str(error)) from error

    def submit(self, request: RunRequest) -> None:
        """Ask for a run; raises `WardenGone`."""
        self.send({"op": "run", "request": request.to_json()})

    def wake(self) -> None:
        """Let `read` return now. Does nothing when the connection is closed."""
        with contextlib.suppress(OSError):
            self._waker.send(b"!")

    def read(self, timeout: float) -> list[dict[str, Any]]:
        """The messages that have come: objects of the protocol, but each event as a `WardenEvent`. Returns
        after at most `timeout` seconds or a `wake`; raises `WardenGone` at the end.
        """
        ready = {key.fileobj for key, _ in self._selector.select(max(0.0, timeout))}
        if self._woken in ready:
            self._woken.recv(4096)
        if self._socket not in ready:
            return []
        try:
            piece = self._socket.recv(PIECE)
        except OSError as error:
            raise WardenGone(str(error)) from error
        if not piece:
            raise WardenGone("the warden closed the connection")
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LINE_LIMIT:
            raise WardenGone("a line is too long")
        return [read_message(line) for line in lines]


def read_message(line: bytes) -> dict[str, Any]:
    """One line of a warden. Raises `WardenGone` for what is not a JSON object."""
    try:
        text = line.decode()
        if text.startswith(EVENT) and text.endswith("}}"):
            event = _read_event(text[len(EVENT) : -1])
            if event is not None:
                return {"event": event}
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WardenGone("a line that is not JSON") from error
    if not isinstance(message, dict):
        raise WardenGone("a line that is not a message")
    if "event" in message:
        message["event"] = WardenEvent(message["event"])
    return message


def _read_event(text: str) -> WardenEvent | None:
    """The event with this JSON, None where the text is not one finite JSON value."""
    try:
        return WardenEvent(_FINITE.decode(text), text)
    except (ValueError, RecursionError):
        return None


def status(timeout: float = CONNECT_WITHIN) -> WardenStatus | None:
    """The warden's status; None when it does not come in time."""
    try:
        with Connection() as connection:
            connection.send({"op": "status"})
            messages = connection.read(timeout)
            return WardenStatus.from_json(messages[0]) if messages else None
    except (WardenGone, TypeError, KeyError, ValueError):
        return None


def event_body(event: WardenEvent) -> tuple[Kind, str]:
    """The event's kind and its JSON on one line, without seq and t; raises `NotAnEvent`.

    The values in `data` are not inspected, because the warden has validated them. What is checked here takes
    the same time for every event, and keeps the trace readable if a warden of another version writes
    something else.
    """
    fields = event.fields
    if not isinstance(fields, dict) or not fields.keys() <= FIELDS.keys():
        raise NotAnEvent("it is not an object with an event's fields")
    if not isinstance(fields.get("lane"), str) or not LANE.match(fields["lane"]):
        raise NotAnEvent("it has no lane")
    if not isinstance(fields.get("kind"), str) or fields["kind"] not in JAIL_KINDS:
        raise NotAnEvent("its kind is not one that a jail can report")
    if not all(isinstance(value, FIELDS[name]) for name, value in fields.items()):
        raise NotAnEvent("a field has the wrong type")
    body = event.text
    if body is None or not _is_canonical(fields, body):
        body = _encoded(fields)
    if len(body.encode()) > EVENT_LIMIT or "\\u0000" in body:
        raise NotAnEvent("it is too long, or has a NUL")
    return JAIL_KINDS[fields["kind"]], body


def _is_canonical(fields: dict[str, Any], text: str) -> bool:
    """Is this text as the warden writes it, so that it can be a line of a trace?

    Readers of a trace find an event's kind by the line's beginning, so lane and kind have to be there. An
    escape can be half a surrogate pair or a NUL, and a carriage return ends a line in a browser's event
    stream. The warden writes none of them, so a text with one is encoded again.
    """
    opening = f'{{"lane": "{fields["lane"]}", "kind": "{fields["kind"]}"'
    return text.startswith(opening) and "\\u" not in text and "\r" not in text and "data" in fields


def _encoded(fields: dict[str, Any]) -> str:
    ordered = {name: fields[name] for name in FIELDS if name in fields}
    try:
        body = json.dumps({**ordered, "data": fields.get("data", {})}, ensure_ascii=False, allow_nan=False)
        body.encode()
    except (ValueError, RecursionError) as error:
        raise NotAnEvent("it cannot be written as JSON") from error
    return body


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


_FINITE = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse)
"""Refuses NaN and infinities, which Python reads but browsers do not."""
