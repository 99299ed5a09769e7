"""A sandbox that runs nothing and replays recorded traces: for demonstrations, for tests, and for machines without a jail.

It speaks the warden's protocol. The recordings are those of the labs: `DIR/<lab>/traces/solution.jsonl` when the request's
files hold the lab's solution, else `starter.jsonl`. What it sends, it sends as slowly as it was recorded.
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
class _Playing:
    """One connection; `events` are (seconds after the start, event), `begun` is the start by the monotonic clock."""

    socket: socket.socket
    received: bytes = b""
    begun: float = 0.0
    events: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    ends: bool = False


class ReplayWarden:
    """Serves `listener`. `labs` is the folder of labs, `speed` divides the recorded times."""

    def __init__(self, listener: socket.socket, labs: Path, speed: float = 1.0) -> None:
        self._listener, self._labs, self._speed = listener, labs, speed
        self._selector = selectors.DefaultSelector()
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ)
        self._playing: dict[socket.socket, _Playing] = {}
        self._stopping = False

    def stop(self, *_: Any) -> None:
        """End soon; also a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Serve until `stop`."""
        while not self._stopping:
            for key, _ in self._selector.select(self._patience()):
                if key.fileobj is self._listener:
                    sock, _ = self._listener.accept()
                    self._selector.register(sock, selectors.EVENT_READ)
                    self._playing[sock] = _Playing(sock)
                else:
                    self._receive(self._playing[key.fileobj])  # type: ignore[index]
            for playing in list(self._playing.values()):
                self._play(playing)
        for playing in list(self._playing.values()):
            self._close(playing)

    def _patience(self) -> float:
        now = time.monotonic()
        due = [
            playing.begun + playing.events[0][0] / self._speed for playing in self._playing.values() if playing.events
        ]
        return min(max(0.0, min(due, default=now + 0.2) - now), 0.2)

    def _receive(self, playing: _Playing) -> None:
        try:
            piece = playing.socket.recv(1 << 18)
        except OSError:
            piece = b""
        if not piece or len(playing.received) > LINE_LIMIT:
            self._close(playing)
            return
        playing.received += piece
        *lines, playing.received = playing.received.split(b"\n")
        for line in lines:
            if playing.socket in self._playing:
                self._obey(playing, json.loads(line))

    def _obey(self, playing: _Playing, message: dict[str, Any]) -> None:
        match message.get("op"):
            case "status":
                self._say(
                    playing, WardenStatus("replay", 0, 0, len(self._playing) - 1, ("main",), {}, SENTENCE).to_json()
                )
                self._close(playing)
            case "run":
                recording = find(self._labs, RunRequest.from_json(message["request"]))
                if recording is None:
                    self._say(playing, {"refused": "There is no recording of this lab."})
                    self._close(playing)
                    return
                playing.begun, playing.events, playing.ends = time.monotonic(), events(recording), True
            case "cancel":
                self._say(playing, {"end": {"outcome": "cancelled", "reason": ""}})
                self._close(playing)
            case _:
                self._say(playing, {"refused": "This is a recording; nothing can be done to it."})

    def _play(self, playing: _Playing) -> None:
        now = time.monotonic()
        while playing.events and playing.begun + playing.events[0][0] / self._speed <= now:
            self._say(playing, {"event": playing.events.pop(0)[1]})
        if playing.ends and not playing.events and playing.socket in self._playing:
            self._say(playing, {"end": {"outcome": "finished", "reason": ""}})
            self._close(playing)

    def _say(self, playing: _Playing, message: dict[str, Any]) -> None:
        try:
            playing.socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            self._close(playing)

    def _close(self, playing: _Playing) -> None:
        if self._playing.pop(playing.socket, None) is not None:
            self._selector.unregister(playing.socket)
            playing.socket.close()
        playing.events, playing.ends = [], False


def find(labs: Path, request: RunRequest) -> Path | None:
    """The recording that fits a request, None if the lab has none."""
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
    """(seconds, event) of a recording, without what only a runner says and numbers."""
    found = []
    for line in recording.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        at = float(event.pop("t"))
        event.pop("seq", None)
        if not event["kind"].startswith("run-"):
            found.append((at, event))
    return found
