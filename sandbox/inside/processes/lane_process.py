"""What every kind of process has in common inside the jail."""

from __future__ import annotations

import importlib
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.inside.channel import Channel
from sandbox.inside.import_watch import ImportWatch
from sandbox.inside.lab_code.failures import sentence
from sandbox.protocol import ProcessSpec


@dataclass
class Prepared:
    """What the supervisor creates once for a lane, before any process starts: a listening socket, and the
    environment variables by which the other lanes find it.
    """

    environment: dict[str, str] = field(default_factory=dict)
    socket: socket.socket | None = None


@dataclass(frozen=True)
class Launch:
    """All that a process knows when it starts. `started` is the run's start by the monotonic clock."""

    spec: ProcessSpec
    channel: Channel
    knobs: Mapping[str, Any]
    prepared: Prepared
    started: float
    files: Mapping[str, str] = field(default_factory=dict)
    """The lab's files as the request had them; empty for a kind that is not a script."""

    def option(self, name: str, default: Any = None) -> Any:
        """An option of the lab's `[[process]]`, with knobs' values put in."""
        return resolve(self.spec.options.get(name, default), self.knobs)

    def up(self, version: str) -> None:
        """Report that the lane is ready to work; `version` is that of its library."""
        self.channel.note("lane-up", data={"version": version})


class LaneProcess:
    """The implementation of one row of `sandbox.process_kinds`."""

    def prepare(self, spec: ProcessSpec, knobs: Mapping[str, Any]) -> Prepared:
        """Called in the supervisor, once a run."""
        return Prepared()

    def queues(self, spec: ProcessSpec, knobs: Mapping[str, Any]) -> list[str]:
        """Names of the queues that the process reads; each is sampled from the start of the run."""
        return []

    def run(self, launch: Launch) -> None:
        """Called in the forked process; returns when the process has nothing left to do."""
        raise NotImplementedError


def resolve(value: Any, knobs: Mapping[str, Any]) -> Any:
    """Replace each `{knob = "name"}`, at any depth, by the knob's value. Raises `KeyError`."""
    if isinstance(value, dict):
        if set(value) == {"knob"}:
            return knobs[value["knob"]]
        return {key: resolve(item, knobs) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(item, knobs) for item in value]
    return value


def listening_socket() -> socket.socket:
    """A TCP socket that listens on a free port of loopback."""
    sock = socket.create_server(("127.0.0.1", 0), backlog=256)
    sock.setblocking(False)
    return sock


def import_for(launch: Launch, module: str) -> Any:
    """Import a module of the lab. A failure is reported to the supervisor as a sentence and ends
    the process.
    """
    ImportWatch(launch.channel).install()
    try:
        return importlib.import_module(module)
    except Exception as error:
        launch.channel.note("fatal", sentence=sentence(error))
        sys.excepthook(*sys.exc_info())
        raise SystemExit(1) from None


def words(value: Any) -> list[str]:
    """Words of a command line from an author's list or single text."""
    if value is None:
        return []
    return [str(word) for word in value] if isinstance(value, list | tuple) else str(value).split()
