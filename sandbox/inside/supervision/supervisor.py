"""Process 2 of a jail: it warms up, takes one run, starts the run's lanes and reports what they do.

It has one thread and one poll. It is undumpable, so no program of the lab can read its memory or take its
descriptors. A program can still kill it; the warden sees that as the end of the run.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import socket
import sys
import time
from typing import Any

from sandbox.caps import Caps
from sandbox.inside import driver_api, limits, warm_up
from sandbox.inside.broker import valkey_server
from sandbox.inside.broker.sampler import Sampler, Source
from sandbox.inside.lab_code.failures import compile_all
from sandbox.inside.lab_code.lab_folder import write_files
from sandbox.inside.lane_messages import FROM_LANES
from sandbox.inside.processes import IMPLEMENTATIONS
from sandbox.inside.supervision import commands
from sandbox.inside.supervision.driver_questions import DriverQuestions, reply
from sandbox.inside.supervision.lane import Lane
from sandbox.inside.supervision.lane_set import BROKER, LaneSet
from sandbox.inside.supervision.run_end import end_of_run, exit_in_words, never_up
from sandbox.inside.supervision.warden_connection import WardenConnection
from sandbox.inside.task_history import TaskHistory
from sandbox.process_kinds import PROCESS_KINDS, Broker
from sandbox.protocol import End, RunRequest

DRIVER = "driver"
TICK, ALIVE_EVERY = 0.1, 1.0
KEEP_IDLE_PROCESSES_FOR = 1.0
"""Seconds of a run after which the idle preforked processes end."""


class Supervisor:
    """One run from its request to its end."""

    def __init__(self, control: socket.socket, valkey: str, server: int) -> None:
        self._control = control
        self._warden = WardenConnection(control)
        self._history, self._sampler = TaskHistory(), Sampler()
        self._questions = DriverQuestions(self._warden, self._note_quiet)
        self._warden.listeners.append(self._questions.answer_due)
        self._lanes = LaneSet(self._warden, valkey, server, self._lane_down)
        self._lanes.working = self._history.working
        self._lanes.children.on_down = lambda name, pid: self._write(self._history.process_down(name, pid))
        self._usage = limits.Usage()
        self._poll = select.poll()
        self._request: RunRequest | None = None
        self._next_tick = self._next_alive = self._busy_at = 0.0
        self._sampled: int | None = None
        self._wakeup, writing = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(writing, False)
        # A child's end wakes the poll. Python writes to the pipe only for signals that have a handler.
        signal.set_wakeup_fd(writing)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        """Work until the warden ends the jail. Each round reads a bounded part of each lane."""
        self._warden.ready(pid=os.getpid(), python=sys.version.split()[0])
        for fd in (self._control.fileno(), self._wakeup):
            self._poll.register(fd, select.POLLIN)
        while True:
            waited_since = time.monotonic()
            self._poll.poll(self._timeout())
            woken_at = time.monotonic()
            # The first poll may return for an effect just before its cause is ready in another lane. A second
            # poll sees both, so `_serve` can put causes before effects.
            self._serve([fd for fd, _ in self._poll.poll(0)])
            now = time.monotonic()
            if self._request is not None:
                if data := self._warden.lateness.fired(waited_since, woken_at):
                    self._warden.event(DRIVER, "lateness", data=data)
                if now >= self._next_tick:
                    self._tick(now)

    def _begin(self, request: RunRequest) -> None:
        self._request = request
        self._warden.begin(Caps(events=request.limits.events))
        unknown = sorted({spec.kind for spec in request.processes} - set(IMPLEMENTATIONS) - {BROKER})
        if unknown:
            self._warden.end(End.ERROR, f"This bench has no process of the kind {unknown[0]}.")
            return
        if error := compile_all(request.files):
            self._warden.end(End.ERROR, error)
            return
        write_files(request.files)
        self._lanes.open(request, self._poll)
        for lane, queues in self._lanes.queues():
            self._sampler.expect(lane, Source(queues))

    def _serve(self, ready: list[int]) -> None:
        """Handle notes first, by their senders' clock, then output, then ended processes."""
        notes: list[tuple[float, Lane, dict[str, Any]]] = []
        printed: list[Lane] = []
        for fd in ready:
            if fd == self._control.fileno():
                self._read_warden()
            elif fd == self._wakeup:
                os.read(fd, 4096)
            elif fd == self._sampled:
                self._sample()
            elif fd in self._lanes.by_fd:
                lane, part = self._lanes.by_fd[fd]
                if part == "channel":
                    notes += self._lanes.notes(lane)
                else:
                    printed.append(lane)
        for _, lane, note in sorted(notes, key=lambda item: item[0]):
            self._handle(lane, note)
        for lane in printed:
            self._write_output(lane, self._lanes.output(lane))
        self._lanes.reap()

    def _read_warden(self) -> None:
        """Read what the warden sends: one run, then commands."""
        for message in self._warden.receive():
            if "run" in message:
                self._begin(RunRequest.from_json(message["run"]))
            elif "command" in message:
                self._command(**message["command"])

    def _command(self, action: str, target: str, by: str, options: dict[str, Any]) -> None:
        try:
            commands.apply(self._lanes, action, target, by, options)
        except commands.CommandNotApplied as refusal:
            self._warden.refuse(str(refusal))

    def _handle(self, lane: Lane, note: dict[str, Any]) -> None:
        try:
            self._handle_note(lane, note)
        except Exception:  # no message of a lane may end the supervisor
            self._warden.caps.count_invalid(lane.name)

    def _handle_note(self, lane: Lane, note: dict[str, Any]) -> None:
        """A question, a change of the lane's own state, or a note that becomes events."""
        self._usage.notes += 1
        kind = note.get("kind")
        if "ask" in note:
            self._answer(lane, note)
        elif kind == "lane-up" and not lane.is_up:
            # Once a start: `lane-up` may use the caps' reserved share, which a repeated note could use up.
            self._up(lane, note)
        elif kind == "fatal":
            lane.fatal = note.get("sentence") or lane.fatal
        elif kind == "importing":
            lane.importing = str(note["data"].get("file") or "")[:100]
        elif kind == "consumes" and PROCESS_KINDS[lane.spec.kind].broker is not Broker.NONE:
            self._sampler.expect(lane.name, Source.from_note(note["data"]))
        elif kind in {"child-up", "child-down"} and PROCESS_KINDS[lane.spec.kind].has_children:
            self._lanes.children.hear(lane, kind, note["data"])
        elif kind in FROM_LANES:
            doubt, ordered = self._lanes.doubt(lane, note), PROCESS_KINDS[lane.spec.kind].is_ordered
            self._write(self._history.read(lane.name, note, doubt, ordered=ordered))

    def _write(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self._warden.event(**event)

    def _answer(self, lane: Lane, question: dict[str, Any]) -> None:
        if lane.channel is None:
            return
        # Workers and web processes run the learner's code, which must not command lanes.
        if not PROCESS_KINDS[lane.spec.kind].is_script:
            reply(lane.channel, {"error": "Only a lab's own scripts may wait and command."})
        elif question["ask"] in commands.OF_DRIVERS:
            lane.send(commands.answer(self._lanes, question))
        else:
            self._questions.ask(lane.channel, lane.name, question)

    def _up(self, lane: Lane, note: dict[str, Any]) -> None:
        data = note.get("data")
        version = str(data.get("version"))[:40] if isinstance(data, dict) else ""
        lane.is_up = True
        self._warden.event(
            lane.name,
            "lane-up",
            data={"pid": lane.pid, "system": PROCESS_KINDS[lane.spec.kind].system, "version": version},
        )

    def _write_output(self, lane: Lane, piece: bytes, *, last: bool = False) -> None:
        self._usage.output += len(piece)
        for line in lane.lines(piece, last=last):
            self._warden.event(lane.name, "log", data={"text": line})

    def _lane_down(self, lane: Lane, exited: dict[str, Any]) -> None:
        """A lane's process has ended: write its last notes and output, then its end, then what follows for
        the run.
        """
        for _, _, note in list(self._lanes.notes(lane)):
            self._handle(lane, note)
        # Bounded, because a process that outlived the lane's may write to the pipe without end.
        for _ in range(16):
            if piece := self._lanes.output(lane):
                self._write_output(lane, piece)
        self._write_output(lane, b"", last=True)
        if lane.channel is not None:
            self._questions.forget(lane.channel)
        was_up, commanded = lane.is_up, lane.commanded
        self._write(self._history.lane_down(lane.name))
        self._lanes.close(lane, exited)
        if lane.name == DRIVER:
            self._read_remaining_notes()
            missing = never_up(self._lanes.lanes, self._questions.lanes_missed)
            self._warden.end(*end_of_run(lane, exited, commanded=commanded, missing=missing))
        elif not was_up and lane.starts == 1 and not commanded:
            why = lane.fatal or f"{lane.name} did not start: {lane.last_line or exit_in_words(exited)}"
            self._warden.end(End.ERROR, why)

    def _read_remaining_notes(self) -> None:
        """Before the run ends: notes of the other lanes that wait, and killed children that have ended."""
        for lane in self._lanes.lanes.values():
            for _, _, note in list(self._lanes.notes(lane)):
                self._handle(lane, note)
        self._write(self._history.overdue(math.inf))
        self._lanes.children.report_ended(at_once=True)

    def _sample(self) -> None:
        now = time.monotonic()
        if data := self._sampler.read(now):
            self._warden.event(BROKER, "broker-sample", data=data)
        self._follow_sampler()

    def _follow_sampler(self) -> None:
        """Keep the poll in step with the sampler's connection, which comes and goes with the broker."""
        current = self._sampler.socket.fileno() if self._sampler.socket else None
        if current == self._sampled:
            return
        if self._sampled is not None:
            with contextlib.suppress(KeyError):
                self._poll.unregister(self._sampled)
        if current is not None:
            self._poll.register(current, select.POLLIN)
        self._sampled = current

    def _tick(self, now: float) -> None:
        self._next_tick = now + TICK
        if now >= self._next_alive:
            self._next_alive = now + ALIVE_EVERY
            self._warden.alive()
        self._sampler.ask()
        self._follow_sampler()
        self._write(self._history.overdue(now))
        self._lanes.watch_children(self._history.processes())
        if now - self._warden.started > KEEP_IDLE_PROCESSES_FOR:
            self._lanes.end_idle_processes()
        self._note_quiet()
        self._questions.answer_due()
        self._warden.report_dropped()
        if reason := self._usage.exceeded():
            self._warden.end(End.OVER_LIMIT, reason)

    def _timeout(self) -> int | None:
        """Milliseconds until something is due; None before a run."""
        if self._request is None:
            return None
        due = min(
            self._next_tick, self._warden.lateness.due, self._questions.next_deadline() or self._next_tick
        )
        return max(0, int((due - time.monotonic()) * 1000) + 1)

    def _note_quiet(self) -> float:
        """Note whether something is queued, unacknowledged or running now. Returns the seconds for which
        nothing has been.
        """
        now = time.monotonic()
        fresh = self._sampler.read_at >= self._warden.last_change
        if not (self._history.is_quiet() and self._sampler.is_empty() and fresh):
            self._busy_at = now
        return now - max(self._busy_at, self._warden.last_change)


def main(control: int, valkey: str) -> None:
    """Serve one run. `control` is the descriptor of the warden's connection, `valkey` the server program."""
    os.set_inheritable(control, False)  # Valkey is a child of this process and must not get it
    limits.set_own()
    server = valkey_server.start(valkey, {})
    warm_up.import_all()
    if not valkey_server.wait_until_listening():
        sys.exit("Valkey did not start in the jail.")
    warm_up.preheat()
    Supervisor(socket.socket(fileno=control), valkey, server).run()


sys.modules["bench"] = driver_api  # before the first fork, so that `import bench` finds it in every lane
