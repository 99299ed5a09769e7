"""The lane's own line to the supervisor: a datagram socket that keeps the borders of messages.

Each lane has one, so the supervisor knows by the descriptor, and not by what a message claims, which lane speaks.
Forked children of a lane (a prefork pool) share it: one message is one `send`, which no other can interleave.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from typing import Any

LONGEST = 60 << 10
"""Longest message in bytes; a longer note loses its data."""


class Channel:
    """The end that a lane's processes hold."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._asking = threading.Lock()

    def note(self, kind: str, **fields: Any) -> None:
        """Tell the supervisor something; never raises, because an instrument must not break what it watches."""
        self._send({"kind": kind, "at": time.monotonic(), "pid": os.getpid(), **fields})

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Put a question and wait for its answer. Raises `ConnectionError` when the supervisor has gone."""
        with self._asking:
            self._send(question)
            answer = self._socket.recv(1 << 20)
        if not answer:
            raise ConnectionError("The bench has ended this run.")
        return dict(json.loads(answer))

    def _send(self, message: dict[str, Any]) -> None:
        try:
            line = json.dumps(message, default=str).encode()
            if len(line) > LONGEST:
                line = json.dumps(
                    {**message, "data": {"cut": len(line)}, "name": str(message.get("name"))[:200]}, default=str
                ).encode()
            self._socket.send(line)
        except (OSError, ValueError, RecursionError, TypeError):
            pass  # the supervisor has gone, or the note cannot be written: the lane goes on
