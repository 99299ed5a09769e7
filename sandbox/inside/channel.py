"""A lane's channel to the supervisor: a SOCK_SEQPACKET socket, which keeps messages apart.

Each lane has a channel of its own, so the supervisor knows the sender by the descriptor and not by a claim in
the message. Forked children of a lane (a prefork pool) share the channel: one message is one `send`, so
messages of two processes cannot mix.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from typing import Any

LONGEST = 60 << 10
"""Longest message in bytes. The data of a longer note is replaced by its length."""


class Channel:
    """The end that a lane's processes have."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._questions = threading.Lock()

    def fileno(self) -> int:
        """The descriptor, for code that keeps some open and closes all others."""
        return self._socket.fileno()

    def note(self, kind: str, **fields: Any) -> None:
        """Send a note. Never raises: an instrument must not break the code that it observes."""
        self._send({"kind": kind, "at": time.monotonic(), "pid": os.getpid(), **fields})

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Ask a question and wait for its answer. Raises `ConnectionError` when the supervisor has ended."""
        with self._questions:
            self._send(question)
            answer = self._socket.recv(1 << 20)
        if not answer:
            raise ConnectionError("The bench has ended this run.")
        return dict(json.loads(answer))

    def receive(self) -> dict[str, Any] | None:
        """The next message that the supervisor sent of its own accord; None when the supervisor has ended.
        Only for a process that asks no questions, whose answers come the same way.
        """
        message = self._socket.recv(1 << 20)
        return dict(json.loads(message)) if message else None

    def _send(self, message: dict[str, Any]) -> None:
        try:
            line = json.dumps(message, default=str).encode()
            if len(line) > LONGEST:
                line = json.dumps(
                    {**message, "data": {"cut": len(line)}, "name": str(message.get("name"))[:200]},
                    default=str,
                ).encode()
            self._socket.send(line)
        except (OSError, ValueError, RecursionError, TypeError):
            pass  # the supervisor has ended, or the note is not JSON: the lane goes on without it
