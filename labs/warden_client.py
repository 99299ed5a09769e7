"""The runner's side of the wire to its host's warden (sandbox/protocol.py): one connection is one run."""

from __future__ import annotations

import contextlib
import json
import selectors
import socket
import threading
from typing import Any

from django.conf import settings

from sandbox.protocol import EVENT_LIMIT, LANE, LINE_LIMIT, Kind, RunRequest, WardenStatus

CONNECT_WITHIN = 1.0
SEND_WITHIN = 5.0
PIECE = 1 << 18
OF_THE_RUN = {Kind.RUN_QUEUED, Kind.RUN_STARTED, Kind.RUN_REQUEUED, Kind.RUN_ENDED}


class WardenGone(Exception):
    """Nobody answers at the warden's socket, or it broke."""


class Malformed(ValueError):
    """A line of the warden that is no event."""


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
        """The warden kills the run's jail when it sees this."""
        with self._writing:
            for one in (self._selector, self._socket, self._waker, self._woken):
                one.close()

    def send(self, message: dict[str, Any]) -> None:
        """Write one line; raises `WardenGone`."""
        line = json.dumps(message).encode() + b"\n"
        with self._writing:
            try:
                self._socket.sendall(line)
            except OSError as error:
                raise WardenGone(str(error)) from error

    def submit(self, request: RunRequest) -> None:
        """Ask for a run; raises `WardenGone`."""
        self.send({"op": "run", "request": request.to_json()})

    def wake(self) -> None:
        """Let `read` return now. Harmless when the connection is closed."""
        with contextlib.suppress(OSError):
            self._waker.send(b"!")

    def read(self, timeout: float) -> list[dict[str, Any]]:
        """The messages that have come, at latest after `timeout` seconds or a `wake`; raises `WardenGone` at the end."""
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
            raise WardenGone("a line without an end")
        return [_message(line) for line in lines]


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WardenGone("a line that is no JSON") from error
    if not isinstance(message, dict):
        raise WardenGone("a line that is no message")
    return message


def status(timeout: float = CONNECT_WITHIN) -> WardenStatus | None:
    """What the warden says of itself; None when it does not answer in time."""
    try:
        with Connection() as connection:
            connection.send({"op": "status"})
            messages = connection.read(timeout)
            return WardenStatus.from_json(messages[0]) if messages else None
    except (WardenGone, TypeError, KeyError, ValueError):
        return None


def event_body(raw: Any) -> tuple[Kind, str]:
    """Check an event of the warden and give its kind and its JSON without seq and t; raises `Malformed`.

    The warden has checked it before; a trace is written for ever, so it is checked again at the last door.
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("lane"), str) or not LANE.match(raw["lane"]):
        raise Malformed("no lane")
    if not isinstance(raw.get("kind"), str) or raw["kind"] not in set(Kind) - OF_THE_RUN:
        raise Malformed("no kind of a jail's")
    data = raw.get("data", {})
    if not isinstance(data, dict):
        raise Malformed("data is no object")
    event = {"lane": raw["lane"], "kind": raw["kind"]}
    for name, wanted in (("task", str), ("name", str), ("attempt", int)):
        if raw.get(name) is not None:
            if not isinstance(raw[name], wanted):
                raise Malformed(f"{name} of the wrong kind")
            event[name] = raw[name]
    try:
        body = json.dumps({**event, "data": data}, ensure_ascii=False, allow_nan=False)
        size = len(body.encode())
    except (ValueError, RecursionError) as error:
        raise Malformed("not to be written as JSON") from error
    if size > EVENT_LIMIT or "\\u0000" in body:
        raise Malformed("too long, or with a NUL")
    return Kind(raw["kind"]), body
