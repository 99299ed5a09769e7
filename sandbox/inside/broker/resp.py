"""A minimal reader and writer of Valkey's protocol, for the sampler: it must never block, as a client library
might.
"""

from __future__ import annotations

import socket
from typing import Any


def pack(*words: str | int) -> bytes:
    """One command as bytes."""
    parts = [str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


LONGEST = 1 << 20
"""Bytes of incomplete replies that are kept. The sampler's replies are far shorter."""


class Replies:
    """An incremental parser: `feed(bytes)` returns the replies that are complete."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, piece: bytes) -> list[Any]:
        """Raises `ValueError` for what is not a reply, or for one longer than `LONGEST`."""
        self._kept += piece
        if len(self._kept) > LONGEST:
            raise ValueError("the reply is too long")
        replies, place = [], 0
        while place < len(self._kept):
            try:
                parsed = self._parse(place)
            except RecursionError:
                raise ValueError("the reply is nested too deeply") from None
            if parsed is None:
                break
            reply, place = parsed
            replies.append(reply)
        self._kept = self._kept[place:]
        return replies

    def _parse(self, place: int) -> tuple[Any, int] | None:
        line_end = self._kept.find(b"\r\n", place)
        if line_end < 0:
            return None
        kind, rest, place = self._kept[place : place + 1], self._kept[place + 1 : line_end], line_end + 2
        if kind == b"+":
            return rest, place
        if kind == b"-":
            return RuntimeError(rest.decode("utf-8", "replace")), place
        if kind == b":":
            return int(rest), place
        if kind == b"$":
            return self._bulk(int(rest), place)
        if kind == b"*":
            return self._many(int(rest), place)
        raise ValueError(f"not a reply: {kind!r}")

    def _bulk(self, length: int, place: int) -> tuple[bytes | None, int] | None:
        if length < 0:
            return None, place
        if len(self._kept) < place + length + 2:
            return None
        return self._kept[place : place + length], place + length + 2

    def _many(self, length: int, place: int) -> tuple[list[Any], int] | None:
        items = []
        for _ in range(max(0, length)):
            parsed = self._parse(place)
            if parsed is None:
                return None
            item, place = parsed
            items.append(item)
        return items, place


def connect(path: str) -> socket.socket | None:
    """A non-blocking connection to a unix socket; None when no server listens there."""
    sock = socket.socket(socket.AF_UNIX)
    sock.setblocking(False)
    try:
        sock.connect(path)
    except OSError:
        sock.close()
        return None
    return sock
