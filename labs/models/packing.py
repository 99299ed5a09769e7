"""Traces in the database: JSON lines, compressed. A trace of 1 MiB takes about 60 KiB."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

LEVEL = 6


def pack(lines: Iterable[str]) -> bytes:
    return zlib.compress("\n".join(lines).encode(), LEVEL)


def unpack(packed: bytes | memoryview) -> list[str]:
    """The lines of a packed trace. Some databases return the bytes as a memoryview."""
    text = zlib.decompress(bytes(packed)).decode()
    return text.split("\n") if text else []
