"""The lanes of a run: starting them, hearing them, and their deaths."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sandbox.inside import broker, notes
from sandbox.inside.lane import Lane, exit_of
from sandbox.inside.processes import KINDS, Prepared
from sandbox.inside.processes.kind import resolve
from sandbox.inside.spare import Part, Spare
from sandbox.inside.wire import Wire
from sandbox.protocol import ProcessSpec, RunRequest

BROKER = "broker"
NOTES_AT_ONCE = 200
OUTPUT_AT_ONCE = 64 << 10
SPARES = 5
"""Processes that wait for a part in a warm jail: most labs have that many lanes."""


class Stage:
    """The lanes. `on_down` is called after a lane's process has gone, with the lane, its exit and its signal."""

    def __init__(self, wire: Wire, valkey: str, server: int, on_down: Callable[[Lane, dict[str, Any]], None]) -> None:
        self._wire, self._valkey, self._on_down = wire, valkey, on_down
        self._version = broker.version(valkey)
        self._request: RunRequest | None = None
        self._poll: select.poll | None = None
        self._prepared: dict[str, Prepared] = {}
        self._children: dict[int, tuple[str, int]] = {}
        self._told_children: set[int] = set()
        self._born: dict[str, float] = {}
        self._broker_settings: dict[str, str] = {}
        self.lanes: dict[str, Lane] = {BROKER: Lane(ProcessSpec(BROKER, BROKER), pid=server, is_up=True, starts=1)}
        self.by_fd: dict[int, tuple[Lane, str]] = {}
        self._spares = [Spare.fork() for _ in range(SPARES)]
        self.working: Callable[[str], list[int]] = lambda lane: []

    def open(self, request: RunRequest, poll: select.poll) -> None:
        """Prepare every lane (sockets, addresses), then start those that are not to wait for a command."""
        self._request, self._poll = request, poll
        specs = [spec for spec in request.processes if spec.run != BROKER]
        for spec in request.processes:
            if spec.run == BROKER:
                self._broker_settings = {
                    key: str(value) for key, value in resolve(spec.options.get("config", {}), request.knobs).items()
                }
        server = self.lanes[BROKER].pid
        if self._broker_settings and server is not None:
            self.lanes[BROKER].pid = broker.restart(self._valkey, server, self._broker_settings)
        self._broker_is_up()
        for spec in specs:
            self._prepared[spec.lane] = KINDS[spec.run].prepare(spec, request.knobs)
            self.lanes[spec.lane] = Lane(spec)
        for spec in specs:
            if resolve(spec.options.get("start", True), request.knobs):
                self.start(self.lanes[spec.lane])

    def queues(self) -> Iterator[str]:
        """Names of the queues that the lab's processes read."""
        assert self._request is not None
        for name in self._prepared:
            spec = self.lanes[name].spec
            yield from KINDS[spec.run].queues(spec, self._request.knobs)

    def tell(self, lane: str, kind: str, **fields: Any) -> None:
        """Write an event."""
        self._wire.event(lane, kind, **fields)

    def start(self, lane: Lane) -> None:
        """Start a lane that is down."""
        if lane.name == BROKER:
            lane.pid, lane.starts = broker.start(self._valkey, self._broker_settings), lane.starts + 1
            broker.wait_until_listening(2.0)
            self._broker_is_up()
            return
        self._born[lane.name] = time.monotonic()
        part = self._part(lane.spec)
        listening = self._prepared[lane.name].socket
        spare = self._spares.pop(0) if self._spares else Spare.fork(listening)
        while not spare.give(part, listening):
            spare = Spare.fork(listening)
        lane.begin(spare)
        assert lane.channel is not None
        assert lane.output is not None
        assert self._poll is not None
        for fd, use in ((lane.channel.fileno(), "channel"), (lane.output, "output")):
            self.by_fd[fd] = (lane, use)
            self._poll.register(fd, select.POLLIN)

    def dismiss_spares(self) -> None:
        """The lanes have started: no process that is nobody's stays in reach of the lab's programs."""
        while self._spares:
            self._spares.pop().dismiss()

    def watch_child(self, lane: str, pid: int, number: int) -> None:
        """A pool child was killed by a command: tell when it has gone."""
        self._children[pid] = (lane, number)

    def look_for_children(self) -> None:
        """Tell of children that have gone since they were killed."""
        for pid, (lane, number) in list(self._children.items()):
            if is_gone(pid):
                self.child_down(lane, {"child": pid, "exit": None, "signal": number})

    def child_down(self, lane: str, data: dict[str, Any]) -> None:
        """A pool child has gone: told once, by whoever saw it first."""
        pid = data.get("child")
        if not isinstance(pid, int) or pid in self._told_children or len(self._told_children) > 1000:
            return
        how = {key: value if isinstance(value := data.get(key), int) else None for key in ("exit", "signal")}
        known, _ = self._children.get(pid, (lane if "/" in lane else f"{lane}/child", 0))
        if known.partition("/")[0] != lane.partition("/")[0] or not is_gone(pid):
            return  # another lane's child, or one that lives: nothing that this lane can know
        self._told_children.add(pid)
        self._children.pop(pid, None)
        lane = known
        self.tell(lane, "lane-down", data={"pid": pid, **how})

    def notes(self, lane: Lane) -> Iterator[tuple[float, Lane, dict[str, Any]]]:
        """(when by the sender's clock, lane, note) of what waits in a lane's channel, at most `NOTES_AT_ONCE`."""
        for _ in range(NOTES_AT_ONCE):
            if lane.channel is None:
                return
            try:
                raw = lane.channel.recv(1 << 16)
            except OSError:
                return
            if not raw:
                self._forget(lane.channel.fileno())
                return
            note = notes.read(raw)
            if note is None:
                self._wire.caps.count_invalid(lane.name)
            else:
                yield note.get("at", time.monotonic()), lane, note

    def doubt(self, lane: Lane, note: dict[str, Any]) -> str | None:
        """Why a note of this lane cannot be true, None if it can."""
        born, now = self._born.get(lane.name, 0.0), time.monotonic()
        return notes.doubt(note, process=lane.spec.run, is_up=lane.is_up, born=born, now=now)

    def output(self, lane: Lane) -> bytes:
        """A piece of a lane's standard output and error, empty when there is none now or any more."""
        if lane.output is None:
            return b""
        try:
            piece = os.read(lane.output, OUTPUT_AT_ONCE)
        except OSError:
            return b""
        if not piece:
            self._forget(lane.output)
        return piece

    def reap(self) -> None:
        """Take note of every process of ours that has ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for lane in self.lanes.values():
                if lane.pid == pid:
                    self._on_down(lane, exit_of(status))

    def close(self, lane: Lane, data: dict[str, Any]) -> None:
        """Write `lane-down`, forget the process; start it again if that was asked for."""
        for fd in [fd for fd, (owner, _) in self.by_fd.items() if owner is lane]:
            self._forget(fd)
        pid = lane.pid
        lane.close()
        self.tell(lane.name, "lane-down", data={"pid": pid, **data})
        if lane.start_again:
            lane.start_again = False
            self.start(lane)

    def _forget(self, fd: int) -> None:
        if self._poll is not None and fd in self.by_fd:
            del self.by_fd[fd]
            self._poll.unregister(fd)

    def _broker_is_up(self) -> None:
        lane = self.lanes[BROKER]
        lane.is_up = True
        self.tell(BROKER, "lane-up", data={"pid": lane.pid, "system": "valkey", "version": self._version})

    def _part(self, spec: ProcessSpec) -> Part:
        """What the process of a lane is told: where everything is, and what the run is about."""
        request = self._request
        assert request is not None
        environment = {**broker.addresses(), "CLOCK_FILE": "/run/clock"}
        for prepared in self._prepared.values():
            environment.update(prepared.environment)
        own = resolve(spec.options.get("environment", {}), request.knobs)
        environment.update({str(name): str(value) for name, value in own.items()})
        files = request.files if KINDS[spec.run].is_script else {}
        return Part(spec, dict(request.knobs), request.seed, environment, self._wire.started, files)


def is_gone(pid: int) -> bool:
    """Has the process ended, reaped or not?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in {"Z", "X"}
    except (OSError, IndexError):
        return True
