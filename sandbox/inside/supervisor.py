"""Process 2 of a jail: warms up, takes one run, starts its lanes, watches them, relays what they do, and ends.

One thread, one poll. It is undumpable, so that no program of the lab can read its memory or take its descriptors; a
program can still kill it, which the warden sees as the end of the run.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from typing import Any

from sandbox.caps import Caps
from sandbox.inside import bench, broker, commands, limits, warm
from sandbox.inside.asking import Asking, reply
from sandbox.inside.failures import compile_all
from sandbox.inside.folder import write_files
from sandbox.inside.lane import Lane
from sandbox.inside.ledger import Ledger
from sandbox.inside.processes import KINDS
from sandbox.inside.stage import BROKER, Stage
from sandbox.inside.wire import Wire
from sandbox.protocol import End, Kind, RunRequest

DRIVER = "driver"
TICK, ALIVE_EVERY = 0.1, 1.0
SPARES_FOR = 1.0
"""Seconds of a run after which nothing that starts is waited for."""
SUPERVISORS_OWN = {
    Kind.LANE_UP,
    Kind.LANE_DOWN,
    Kind.COMMAND,
    Kind.DROPPED,
    Kind.LOG,
    Kind.BROKER_SAMPLE,
    Kind.TASK_REDELIVERED,
}
FROM_LANES = {kind.value for kind in Kind if kind not in SUPERVISORS_OWN and not kind.startswith("run-")} | {
    "task-sending"
}
"""What a lane may say of itself; the rest only the supervisor says."""


class Supervisor:
    """One run from its request to its end."""

    def __init__(self, control: socket.socket, valkey: str, server: int) -> None:
        self._control = control
        self._wire = Wire(control)
        self._ledger, self._sampler = Ledger(), broker.Sampler()
        self._asking = Asking(self._wire, self._quiet_for)
        self._wire.listeners.append(self._asking.look)
        self._stage = Stage(self._wire, valkey, server, self._down)
        self._stage.working = self._ledger.working
        self._volume = limits.Volume()
        self._poll = select.poll()
        self._request: RunRequest | None = None
        self._buffer = b""
        self._next_tick = self._next_alive = self._busy_at = 0.0
        self._sampled: int | None = None
        self._wakeup, writing = os.pipe()
        for fd in (self._wakeup, writing):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(writing)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        """Until the warden ends the jail. A round's time is bounded by what is read of each lane at once."""
        self._wire.ready(pid=os.getpid(), python=sys.version.split()[0])
        for fd in (self._control.fileno(), self._wakeup):
            self._poll.register(fd, select.POLLIN)
        while True:
            self._poll.poll(self._patience())
            # Asked again at once: whatever was written before anything that the first answer named is in the second.
            self._serve([fd for fd, _ in self._poll.poll(0)])
            now = time.monotonic()
            if self._request is not None and now >= self._next_tick:
                self._tick(now)

    def _begin(self, request: RunRequest) -> None:
        self._request = request
        self._wire.begin(Caps(events=request.limits.events))
        unknown = sorted({spec.run for spec in request.processes} - set(KINDS) - {BROKER})
        wrong = f"This bench has no process of the kind {unknown[0]}." if unknown else compile_all(request.files)
        if wrong:
            self._wire.end(End.ERROR, wrong)
            return
        write_files(request.files)
        self._stage.open(request, self._poll)
        for queue in self._stage.queues():
            self._sampler.expect(queue)

    def _serve(self, ready: list[int]) -> None:
        """Notes first, in the order of their senders' clock; then what was printed; then deaths."""
        notes: list[tuple[float, Lane, dict[str, Any]]] = []
        printed: list[Lane] = []
        for fd in ready:
            if fd == self._control.fileno():
                self._hear()
            elif fd == self._wakeup:
                os.read(fd, 4096)
            elif fd == self._sampled:
                self._sample()
            elif fd in self._stage.by_fd:
                lane, part = self._stage.by_fd[fd]
                if part == "channel":
                    notes += self._stage.notes(lane)
                else:
                    printed.append(lane)
        for _, lane, note in sorted(notes, key=lambda item: item[0]):
            self._listen(lane, note)
        for lane in printed:
            self._print(lane, self._stage.output(lane))
        self._stage.reap()

    def _hear(self) -> None:
        """What the warden says: one run, then commands. Its end is ours."""
        piece = self._control.recv(1 << 20)
        if not piece:
            os._exit(0)
        self._buffer += piece
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "run" in message:
                self._begin(RunRequest.from_json(message["run"]))
            elif "command" in message:
                self._command(**message["command"])

    def _command(self, action: str, target: str, by: str, options: dict[str, Any]) -> None:
        try:
            commands.apply(self._stage, action, target, by, options)
        except commands.Refused as refusal:
            self._wire.refuse(str(refusal))

    def _listen(self, lane: Lane, note: dict[str, Any]) -> None:
        try:
            self._take(lane, note)
        except Exception:  # nothing that a lane says may end the supervisor, however it is put
            self._wire.caps.count_invalid(lane.name)

    def _take(self, lane: Lane, note: dict[str, Any]) -> None:
        """One note of a lane: a question, news of itself, or something that becomes events."""
        self._volume.notes += 1
        kind = note.get("kind")
        if "ask" in note:
            self._answer(lane, note)
        elif kind == "lane-up" and not lane.is_up:  # once a start: it may use the share of what must not be lost
            self._up(lane, note)
        elif kind == "fatal":
            lane.fatal = note.get("sentence") or lane.fatal
        elif kind == "child-down" and KINDS[lane.spec.run].has_children:
            self._stage.child_down(lane.name, note["data"])
        elif kind in FROM_LANES:
            for event in self._ledger.read(
                lane.name, note, self._stage.doubt(lane, note), ordered=KINDS[lane.spec.run].is_ordered
            ):
                self._wire.event(**event)

    def _answer(self, lane: Lane, question: dict[str, Any]) -> None:
        if lane.channel is None:
            return
        if not KINDS[lane.spec.run].is_script:
            reply(lane.channel, {"error": "Only a lab's own scripts may wait and command."})
        elif question["ask"] == "command":
            options = question.get("options")
            try:
                target, options = str(question.get("target")), options if isinstance(options, dict) else {}
                commands.apply(self._stage, str(question.get("action")), target, "driver", options)
                answer: dict[str, Any] = {"done": True}
            except commands.Refused as refusal:
                answer = {"refused": str(refusal)}
            if lane.channel is not None:
                reply(lane.channel, answer)
        else:
            self._asking.ask(lane.channel, lane.name, question)

    def _up(self, lane: Lane, note: dict[str, Any]) -> None:
        data = note.get("data")
        version = str(data.get("version"))[:40] if isinstance(data, dict) else ""
        lane.is_up = True
        self._wire.event(
            lane.name, "lane-up", data={"pid": lane.pid, "system": KINDS[lane.spec.run].system, "version": version}
        )

    def _print(self, lane: Lane, piece: bytes, *, last: bool = False) -> None:
        self._volume.output += len(piece)
        for line in lane.lines(piece, last=last):
            self._wire.event(lane.name, "log", data={"text": line})

    def _down(self, lane: Lane, how: dict[str, Any]) -> None:
        """A lane's process has gone: what it said first, then its death, then what that means for the run."""
        for _, _, note in list(self._stage.notes(lane)):
            self._listen(lane, note)
        for _ in range(16):
            if piece := self._stage.output(lane):
                self._print(lane, piece)
        self._print(lane, b"", last=True)
        if lane.channel is not None:
            self._asking.forget(lane.channel)
        was_up, commanded = lane.is_up, lane.commanded
        self._ledger.lane_down(lane.name)
        self._stage.close(lane, how)
        if lane.name == DRIVER:
            self._hear_last_words()
            self._wire.end(*verdict(lane, how, commanded))
        elif not was_up and lane.starts == 1 and not commanded:
            self._wire.end(End.ERROR, lane.fatal or f"{lane.name} did not start: {lane.last_line or how_it_ended(how)}")

    def _hear_last_words(self) -> None:
        """What the other lanes told, and which killed children have gone, before the run ends."""
        for lane in self._stage.lanes.values():
            for _, _, note in list(self._stage.notes(lane)):
                self._listen(lane, note)
        self._stage.look_for_children()

    def _sample(self) -> None:
        now = time.monotonic()
        if data := self._sampler.read(now):
            self._wire.event(BROKER, "broker-sample", data=data)
        self._follow_sampler()

    def _follow_sampler(self) -> None:
        """The sampler's connection comes and goes with the broker; the poll has to know."""
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
            self._wire.alive()
        self._sampler.ask()
        self._follow_sampler()
        self._stage.look_for_children()
        if now - self._wire.started > SPARES_FOR:
            self._stage.dismiss_spares()
        self._quiet_for()
        self._asking.look()
        self._wire.tick()
        if reason := self._volume.reason():
            self._wire.end(End.OVER_LIMIT, reason)

    def _patience(self) -> int | None:
        """Milliseconds until something is due, None before a run."""
        if self._request is None:
            return None
        due = min(self._next_tick, self._asking.next_deadline() or self._next_tick)
        return max(0, int((due - time.monotonic()) * 1000) + 1)

    def _quiet_for(self) -> float:
        """Seconds for which nothing has been queued, unacknowledged or running."""
        now = time.monotonic()
        fresh = self._sampler.read_at >= self._wire.last_change
        if not (self._ledger.is_quiet() and self._sampler.is_empty() and fresh):
            self._busy_at = now
        return now - max(self._busy_at, self._wire.last_change)


def verdict(driver: Lane, how: dict[str, Any], commanded: bool) -> tuple[End, str]:
    """What the driver's end makes of the run: ended by itself or by a command, or an error in a file of the lab."""
    if driver.fatal:
        return End.ERROR, driver.fatal
    if how["exit"] == 0 or commanded:
        return End.FINISHED, ""
    return End.ERROR, f"The driver ended early: {driver.last_line or how_it_ended(how)}"


def how_it_ended(how: dict[str, Any]) -> str:
    """`exit status 3` or `signal 9`."""
    return f"signal {how['signal']}" if how["signal"] is not None else f"exit status {how['exit']}"


def main(control: int, valkey: str) -> None:
    """Warm up and serve; the warden's descriptor is `control`."""
    os.set_inheritable(control, False)
    limits.set_own()
    server = broker.start(valkey, {})
    warm.import_all()
    if not broker.wait_until_listening():
        sys.exit("Valkey did not start in the jail.")
    warm.preheat()
    Supervisor(socket.socket(fileno=control), valkey, server).run()


_ = bench  # imported before the first fork, so that `import bench` finds it warm
sys.modules["bench"] = bench
