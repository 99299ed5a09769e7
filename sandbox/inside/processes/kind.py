"""What every kind of process has in common."""

from __future__ import annotations

import importlib
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.inside.channel import Channel
from sandbox.inside.failures import sentence
from sandbox.protocol import ProcessSpec


@dataclass
class Prepared:
    """What the supervisor makes once for a lane, before any process starts: sockets and what others must know of them."""

    environment: dict[str, str] = field(default_factory=dict)
    socket: socket.socket | None = None


@dataclass(frozen=True)
class Launch:
    """All that a process knows when it starts."""

    spec: ProcessSpec
    channel: Channel
    knobs: Mapping[str, Any]
    prepared: Prepared
    started: float
    files: Mapping[str, str] = field(default_factory=dict)
    """The lab's files as the request had them, where the kind `is_script`."""

    def option(self, name: str, default: Any = None) -> Any:
        """An option of the lab's `[[process]]`; `{knob = "name"}` stands for the value of that knob."""
        return resolve(self.spec.options.get(name, default), self.knobs)

    def up(self, version: str) -> None:
        """The lane is ready to work."""
        self.channel.note("lane-up", data={"version": version})


class ProcessKind:
    """One kind. `run` is called in the forked process and returns when the process has nothing more to do."""

    name = ""
    system = ""
    is_ordered = True
    """Does a task's end always come after its start, and its start after it was received?"""
    has_children = False
    """Does its library tell when a child of a pool has ended?"""
    is_script = False
    """Does it run a script of the lab's, which may wait for events and command lanes?"""

    def prepare(self, spec: ProcessSpec, knobs: Mapping[str, Any]) -> Prepared:
        """Called in the supervisor, once a run."""
        return Prepared()

    def queues(self, spec: ProcessSpec, knobs: Mapping[str, Any]) -> list[str]:
        """Names of queues that the process reads, to be sampled from the start."""
        return []

    def run(self, launch: Launch) -> None:
        """Be the process."""
        raise NotImplementedError


def resolve(value: Any, knobs: Mapping[str, Any]) -> Any:
    """Put in the knobs' values, at any depth."""
    if isinstance(value, dict):
        if set(value) == {"knob"}:
            return knobs[value["knob"]]
        return {key: resolve(item, knobs) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(item, knobs) for item in value]
    return value


def listening_socket() -> socket.socket:
    """A TCP socket on a free port of loopback, bound and listening."""
    sock = socket.create_server(("127.0.0.1", 0), backlog=256)
    sock.setblocking(False)
    return sock


def import_for(launch: Launch, module: str) -> Any:
    """Import a module of the lab; tells the supervisor what went wrong, in a sentence, and ends the process."""
    try:
        return importlib.import_module(module)
    except Exception as error:
        launch.channel.note("fatal", sentence=sentence(error))
        sys.excepthook(*sys.exc_info())
        raise SystemExit(1) from None


def words(value: Any) -> list[str]:
    """A list of command line words from an author's list or single text."""
    if value is None:
        return []
    return [str(word) for word in value] if isinstance(value, list | tuple) else str(value).split()
