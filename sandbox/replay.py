"""A sandbox that runs nothing and replays recorded traces: for demonstrations, tests and machines without a
jail.

It speaks the warden's protocol and sends each event at its recorded time. The recordings are those of the
labs: `DIR/<lab>/traces/solution.jsonl` if the request has the files of the lab's solution, else
`starter.jsonl`.
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.protocol import LINE_LIMIT, RunRequest, WardenStatus

SENTENCE = "This machine shows recorded runs."


@dataclass
class _Replay:
    """One connection. `events` are (seconds after the start, event); `begun` is the start by the monotonic
    clock.
    """

    socket: socket.socket
    received: bytes = b""
    begun: float = 0.0
    events: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    ends: bool = False


class ReplayWarden:
    """Serves `listener`. `labs` is the folder of labs; recorded times are divided by `speed`."""

    def __init__(self, listener: socket.socket, labs: Path, speed: float = 1.0) -> None:
        self._listener, self._labs, self._speed = listener, labs, speed
        self._selector = selectors.DefaultSelector()
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ)
        self._replays: dict[socket.socket, _Replay] = {}
        self._stopping = False

    def stop(self, *_: Any) -> None:
        """End soon; also a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Serve until `stop`."""
        while not self._stopping:
            for key, _ in self._selector.select(self._timeout()):
                if key.fileobj is self._listener:
                    sock, _ = self._listener.accept()
                    self._selector.register(sock, selectors.EVENT_READ)
                    self._replays[sock] = _Replay(sock)
                else:
                    self._receive(self._replays[key.fileobj])  # type: ignore[index]
            for replay in list(self._replays.values()):
                self._send_due(replay)
        for replay in list(self._replays.values()):
            self._close(replay)

    def _timeout(self) -> float:
        now = time.monotonic()
        due = [
            replay.begun + replay.events[0][0] / self._speed
            for replay in self._replays.values()
            if replay.events
        ]
        return min(max(0.0, min(due, default=now + 0.2) - now), 0.2)

    def _receive(self, replay: _Replay) -> None:
        try:
            piece = replay.socket.recv(1 << 18)
        except OSError:
            piece = b""
        if not piece or len(replay.received) > LINE_LIMIT:
            self._close(replay)
            return
        replay.received += piece
        *lines, replay.received = replay.received.split(b"\n")
        for line in lines:
            if replay.socket in self._replays:
                self._handle(replay, json.loads(line))

    def _handle(self, replay: _Replay, message: dict[str, Any]) -> None:
        match message.get("op"):
            case "status":
                self._send(
                    replay,
                    WardenStatus("replay", 0, 0, len(self._replays) - 1, ("main",), {}, SENTENCE).to_json(),
                )
                self._close(replay)
            case "run":
                recording = find(self._labs, RunRequest.from_json(message["request"]))
                if recording is None:
                    self._send(replay, {"refused": "There is no recording of this lab."})
                    self._close(replay)
                    return
                replay.begun, replay.events, replay.ends = time.monotonic(), events(recording), True
            case "cancel":
                self._send(replay, {"end": {"outcome": "cancelled", "reason": ""}})
                self._close(replay)
            case _:
                self._send(replay, {"refused": "This is a recording; nothing can be done to it."})

    def _send_due(self, replay: _Replay) -> None:
        now = time.monotonic()
        while replay.events and replay.begun + replay.events[0][0] / self._speed <= now:
            self._send(replay, {"event": replay.events.pop(0)[1]})
        if replay.ends and not replay.events and replay.socket in self._replays:
            self._send(replay, {"end": {"outcome": "finished", "reason": ""}})
            self._close(replay)

    def _send(self, replay: _Replay, message: dict[str, Any]) -> None:
        try:
            replay.socket.sendall(json.dumps(message, ensure_ascii=False).encode() + b"\n")
        except OSError:
            self._close(replay)

    def _close(self, replay: _Replay) -> None:
        if self._replays.pop(replay.socket, None) is not None:
            self._selector.unregister(replay.socket)
            replay.socket.close()
        replay.events, replay.ends = [], False


def find(labs: Path, request: RunRequest) -> Path | None:
    """The recording for a request; None if the lab has none."""
    if not request.lab or "/" in request.lab or request.lab.startswith("."):
        return None
    folder = labs / request.lab
    solution = [file for file in sorted((folder / "solution").rglob("*")) if file.is_file()]
    solved = bool(solution) and all(
        request.files.get(str(file.relative_to(folder / "solution"))) == file.read_text(encoding="utf-8")
        for file in solution
    )
    recording = folder / "traces" / ("solution.jsonl" if solved else "starter.jsonl")
    return recording if recording.is_file() else None


def events(recording: Path) -> list[tuple[float, dict[str, Any]]]:
    """(seconds, event) of a recording, without `seq` and without the events that a runner writes."""
    found = []
    for line in recording.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        at = float(event.pop("t"))
        event.pop("seq", None)
        if not event["kind"].startswith("run-"):
            found.append((at, event))
    return found
