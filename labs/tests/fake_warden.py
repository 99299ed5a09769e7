"""A warden without jails for tests of the runner: a real socket server that speaks the protocol and plays a
script.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

STATUS = {
    "mode": "jail",
    "warm": 1,
    "pool": 1,
    "running": 0,
    "environments": ["main"],
    "protections": {},
    "sentence": "",
}


class Line:
    """The warden's end of one run's connection, as a script uses it."""

    def __init__(
        self, sock: socket.socket, request: dict[str, Any], messages: Iterator[dict[str, Any]]
    ) -> None:
        self.socket, self.request, self._messages = sock, request, messages

    def say(self, message: dict[str, Any]) -> None:
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def event(self, lane: str, kind: str, **fields: Any) -> None:
        data = fields.pop("data", {})
        self.say({"event": {"lane": lane, "kind": kind, **fields, "data": data}})

    def end(self, outcome: str = "finished", reason: str = "", **more: Any) -> None:
        self.say({"end": {"outcome": outcome, "reason": reason, **more}})

    def hear(self) -> dict[str, Any] | None:
        """The runner's next message, None when it went away."""
        return next(self._messages, None)


Script = Callable[[Line], None]


def finishes(line: Line) -> None:
    """The shortest run."""
    line.event("worker-1", "lane-up", data={"pid": 2})
    line.end()


class FakeWarden:
    """Plays `scripts` one a run, the last one for ever. A script that returns closes the connection."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.scripts: list[Script] = [finishes]
        self.requests: list[dict[str, Any]] = []
        self.status = dict(STATUS)
        self.is_dying = False
        """Connections are still taken by the kernel, and nobody answers."""
        self._listener = socket.socket(socket.AF_UNIX)
        path.unlink(missing_ok=True)
        self._listener.bind(str(path))
        self._listener.listen()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> FakeWarden:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.path.unlink(missing_ok=True)
        for thread in self._threads:
            thread.join(timeout=60)

    def _start(self, function: Callable[..., None], *arguments: Any) -> None:
        self._threads.append(threading.Thread(target=function, args=arguments, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            if self.is_dying:
                sock.close()
            else:
                self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        with sock, sock.makefile("rb") as reading:
            messages = (json.loads(line) for line in reading)
            try:
                first = next(messages, None)
                if first is None:
                    return
                if first["op"] == "status":
                    sock.sendall(json.dumps(self.status).encode() + b"\n")
                    return
                self.requests.append(first["request"])
                script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                script(Line(sock, first["request"], messages))
            except OSError:
                return  # the runner went away


def goes(line: Line) -> None:
    line.event("worker-1", "lane-up", data={"pid": 2})


def dies(line: Line) -> None:
    goes(line)


def obeys(line: Line) -> None:
    """Carries out every command until it is cancelled."""
    goes(line)
    while (message := line.hear()) and message["op"] == "command":
        line.event(
            message["target"], "command", data={key: message[key] for key in ("action", "target", "by")}
        )
    if message:
        line.end("cancelled")
