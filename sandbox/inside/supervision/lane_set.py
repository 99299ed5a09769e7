"""The lanes of a run: starting them, reading what they write, and noticing when they end."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sandbox.inside import lane_messages
from sandbox.inside.broker import valkey_server
from sandbox.inside.processes import IMPLEMENTATIONS, Prepared
from sandbox.inside.processes.lane_process import resolve
from sandbox.inside.supervision import stops
from sandbox.inside.supervision.children import Children
from sandbox.inside.supervision.lane import Lane, exit_of
from sandbox.inside.supervision.preforked import Assignment, PreforkedProcess
from sandbox.inside.supervision.warden_connection import WardenConnection
from sandbox.process_kinds import PROCESS_KINDS
from sandbox.protocol import ProcessSpec, RunRequest

BROKER = "broker"
NOTES_AT_ONCE = 200
OUTPUT_AT_ONCE = 64 << 10
PREFORKED = 5
"""Processes that a warm jail keeps ready: most labs have that many lanes."""


class LaneSet:
    """All lanes of a run, and the broker's. `on_down` is called when a lane's process has ended, with the
    lane and its `exit` and `signal`.
    """

    def __init__(
        self,
        warden: WardenConnection,
        valkey: str,
        server: int,
        on_down: Callable[[Lane, dict[str, Any]], None],
    ) -> None:
        self._warden, self._valkey, self._on_down = warden, valkey, on_down
        self._version = valkey_server.version(valkey)
        self._request: RunRequest | None = None
        self._poll: select.poll | None = None
        self._prepared: dict[str, Prepared] = {}
        self.children = Children(self.write_event)
        self._born: dict[str, float] = {}
        self._broker_settings: dict[str, str] = {}
        self.lanes: dict[str, Lane] = {
            BROKER: Lane(ProcessSpec(BROKER, BROKER), pid=server, is_up=True, starts=1)
        }
        self.by_fd: dict[int, tuple[Lane, str]] = {}
        self._idle = [PreforkedProcess.fork() for _ in range(PREFORKED)]
        self.working: Callable[[str], list[int]] = lambda lane: []

    def open(self, request: RunRequest, poll: select.poll) -> None:
        """Prepare every lane (sockets, addresses), then start those that are not to wait for a command."""
        self._request, self._poll = request, poll
        specs = [spec for spec in request.processes if spec.kind != BROKER]
        for spec in request.processes:
            if spec.kind == BROKER:
                config = resolve(spec.options.get("config", {}), request.knobs)
                self._broker_settings = {key: str(value) for key, value in config.items()}
        server = self.lanes[BROKER].pid
        if self._broker_settings and server is not None:
            self.lanes[BROKER].pid = valkey_server.restart(self._valkey, server, self._broker_settings)
        self._broker_is_up()
        # All lanes are prepared before any starts, so that each finds the addresses of all others.
        for spec in specs:
            self._prepared[spec.lane] = IMPLEMENTATIONS[spec.kind].prepare(spec, request.knobs)
            self.lanes[spec.lane] = Lane(spec)
        for spec in specs:
            if resolve(spec.options.get("start", True), request.knobs):
                self.start(self.lanes[spec.lane])

    def queues(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The lanes that read queues, and the names of these as lab.toml has them."""
        assert self._request is not None
        for name in self._prepared:
            spec = self.lanes[name].spec
            if queues := IMPLEMENTATIONS[spec.kind].queues(spec, self._request.knobs):
                yield name, tuple(queues)

    def watch_child(self, lane: str, pid: int, number: int) -> None:
        """A command killed a pool child: write an event when it has ended."""
        self.children.was_killed(lane, pid, number)

    def watch_children(self, working: Iterable[tuple[str, int]]) -> None:
        """Report the children that have died. `working` has lane and process of each execution under way."""
        busy = set()
        for name, pid in working:
            if PROCESS_KINDS[self.lanes[name].spec.kind].has_children:
                self.children.works(self.lanes[name], pid)
                busy.add(pid)
        self.children.report_ended(busy)

    def write_event(self, lane: str, kind: str, **fields: Any) -> None:
        self._warden.event(lane, kind, **fields)

    def start(self, lane: Lane) -> None:
        """Start a lane that is down."""
        if lane.name == BROKER:
            lane.is_stopped = lane.awaits_stop = False
            lane.pid, lane.starts = valkey_server.start(self._valkey, self._broker_settings), lane.starts + 1
            valkey_server.wait_until_listening(2.0)
            self._broker_is_up()
            return
        self._born[lane.name] = time.monotonic()
        assignment = self._assignment(lane.spec)
        listening = self._prepared[lane.name].socket
        process = self._idle.pop(0) if self._idle else PreforkedProcess.fork(listening)
        # A program of the run may have stopped or killed the idle process; a new fork has no such past.
        while not process.assign(assignment, listening):
            process = PreforkedProcess.fork(listening)
        lane.begin(process)
        assert lane.channel is not None
        assert lane.output is not None
        assert self._poll is not None
        for fd, use in ((lane.channel.fileno(), "channel"), (lane.output, "output")):
            self.by_fd[fd] = (lane, use)
            self._poll.register(fd, select.POLLIN)

    def end_idle_processes(self) -> None:
        """The lanes have started: leave no process without a lane that the lab's programs could signal."""
        while self._idle:
            self._idle.pop().dismiss()

    def notes(self, lane: Lane) -> Iterator[tuple[float, Lane, dict[str, Any]]]:
        """Up to `NOTES_AT_ONCE` messages that wait in a lane's channel, each as (sender's monotonic time,
        lane, message).
        """
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
            # The kernel keeps the borders of messages, so one `recv` is one note.
            note = lane_messages.read(raw)
            if note is None:
                self._warden.caps.count_invalid(lane.name)
            else:
                yield note.get("at", time.monotonic()), lane, note

    def doubt(self, lane: Lane, note: dict[str, Any]) -> str | None:
        """Why a note of this lane cannot be true; None if it can."""
        born, now = self._born.get(lane.name, 0.0), time.monotonic()
        return lane_messages.doubt(note, process=lane.spec.kind, is_up=lane.is_up, born=born, now=now)

    def output(self, lane: Lane) -> bytes:
        """The next bytes of a lane's standard output and error; empty when none wait or the pipe
        has ended.
        """
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
        """Collect every child process that has ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            except ChildProcessError:
                return
            if not pid:
                return
            for lane in self.lanes.values():
                if lane.pid == pid and (os.WIFSTOPPED(status) or os.WIFCONTINUED(status)):
                    stops.observe(lane, os.WIFSTOPPED(status), self.write_event)
                elif lane.pid == pid:
                    self._on_down(lane, exit_of(status))

    def close(self, lane: Lane, data: dict[str, Any]) -> None:
        """Write `lane-down` and forget the process; start the lane again if a command asked for that."""
        for fd in [fd for fd, (owner, _) in self.by_fd.items() if owner is lane]:
            self._forget(fd)
        pid = lane.pid
        self.children.forget(lane.name)
        lane.close()
        self.write_event(lane.name, "lane-down", data={"pid": pid, **data})
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
        self.write_event(
            BROKER, "lane-up", data={"pid": lane.pid, "system": "valkey", "version": self._version}
        )

    def _assignment(self, spec: ProcessSpec) -> Assignment:
        """What the process of a lane needs to know."""
        request = self._request
        assert request is not None
        environment = {**valkey_server.addresses(), "CLOCK_FILE": "/run/clock"}
        for prepared in self._prepared.values():
            environment.update(prepared.environment)
        own = resolve(spec.options.get("environment", {}), request.knobs)
        environment.update({str(name): str(value) for name, value in own.items()})
        files = request.files if PROCESS_KINDS[spec.kind].is_script else {}
        knobs = dict(request.knobs)
        return Assignment(spec, knobs, request.seed, environment, self._warden.started, files)
