"""What a learner by hand, or the driver, does to a lane; each applied command is an event, each other one a refusal."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from sandbox.inside.lane import Lane
from sandbox.inside.processes.stub import OUTAGE_SIGNAL
from sandbox.protocol import Action

SIGNALS = {
    Action.KILL: signal.SIGKILL,
    Action.TERMINATE: signal.SIGTERM,
    Action.QUIT: signal.SIGQUIT,
    Action.PAUSE: signal.SIGSTOP,
    Action.RESUME: signal.SIGCONT,
    Action.FREEZE: signal.SIGSTOP,
    Action.THAW: signal.SIGCONT,
}
TO_WHOLE_GROUP = {Action.KILL, Action.PAUSE, Action.RESUME, Action.FREEZE, Action.THAW}
CLOCK_FILE = "/run/clock"


class Refused(Exception):
    """A command that could not be applied; its text is for the learner."""


class Needless(Refused):
    """The lane is so already: dead, or running."""


class Stage(Protocol):
    """What commands act upon: the supervisor."""

    lanes: dict[str, Lane]

    def start(self, lane: Lane) -> None:
        """Start a lane that is down."""

    def tell(self, lane: str, kind: str, **fields: Any) -> None:
        """Write an event."""

    def watch_child(self, lane: str, pid: int, number: int) -> None:
        """A pool child was killed: tell when it has gone."""

    @property
    def working(self) -> Callable[[str], list[int]]:
        """Process ids that run a task of a lane now, by start."""


def apply(stage: Stage, action: str, target: str, by: str, options: dict[str, Any]) -> None:
    """Carry a command out and write its event. Raises `Refused`; a driver's needless command is a mark instead."""
    try:
        known = Action(action)
    except ValueError:
        raise Refused(f"There is no action “{action}”.") from None
    name, _, child = target.partition("/")
    lane = stage.lanes.get(name)
    if lane is None:
        raise Refused(f"This lab has no lane “{name}”.")
    try:
        _check(known, lane, child)
        pid = _child(stage, lane, child) if child else None
    except Needless as refusal:
        if by != "driver":
            raise
        # A learner was faster. The story goes on, and the checks find what this act could not test.
        stage.tell("driver", "mark", data={"text": f"{known.value} {target} left out: {refusal}"})
        return
    data = {"action": known.value, "target": target, "by": by}
    lane.commanded = True
    if known in (Action.OUTAGE, Action.CLOCK) and options:
        data |= {key: options[key] for key in ("advance", "to") if key in options}
    stage.tell("driver" if by == "driver" else name, "command", data=data)
    if pid is not None:
        _signal_child(stage, lane, target, pid, SIGNALS[known])
    elif known in (Action.START, Action.RESTART):
        _start(stage, lane)
    elif known is Action.OUTAGE:
        lane.signal(OUTAGE_SIGNAL)
    elif known is Action.CLOCK:
        _move_clock(options)
    else:
        _signal(lane, known)


def _check(action: Action, lane: Lane, child: str) -> None:
    """Can this be done to the lane, the way it is now?"""
    if action is Action.START and lane.pid is not None:
        raise Needless(f"{lane.name} is running already.")
    if action not in (Action.START, Action.RESTART, Action.CLOCK) and lane.pid is None:
        raise Needless(f"{lane.name} is not running.")
    if action in (Action.FREEZE, Action.THAW) and lane.spec.run != "broker":
        raise Refused(f"Only the broker can be frozen; {lane.name} can be paused.")
    if action is Action.OUTAGE and lane.spec.run != "stub":
        raise Refused(f"Only a stub server can have an outage; {lane.name} is none.")
    if child and action not in SIGNALS:
        raise Refused(f"One child of {lane.name} can only be given a signal.")


def _child(stage: Stage, lane: Lane, which: str) -> int:
    """The process id of `child` (the newest that works, else the first) or of the nth child, counted from 1."""
    children = lane.children()
    if which.isdigit() and 1 <= int(which) <= len(children):
        return children[int(which) - 1]
    if which == "child" and children:
        busy = [pid for pid in stage.working(lane.name) if pid in children]
        return busy[-1] if busy else children[0]
    raise Needless(f"{lane.name} has no such child process.")


def _signal_child(stage: Stage, lane: Lane, target: str, pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
    if number == signal.SIGKILL:
        stage.watch_child(target, pid, number)


def _signal(lane: Lane, action: Action) -> None:
    """A kill or a pause takes the whole group; a polite signal goes to the main process, which tells its children."""
    number = SIGNALS[action]
    if action in TO_WHOLE_GROUP:
        lane.signal(number)
    elif lane.pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(lane.pid, number)


def _start(stage: Stage, lane: Lane) -> None:
    if lane.pid is None:
        stage.start(lane)
        return
    lane.start_again = True
    with contextlib.suppress(ProcessLookupError):
        os.kill(lane.pid, signal.SIGTERM)


def _move_clock(options: dict[str, Any]) -> None:
    """`advance` adds seconds to what the file says, `to` replaces it."""
    file = Path(CLOCK_FILE)
    now = float(file.read_text()) if file.exists() else 0.0
    moved = float(options["to"]) if "to" in options else now + float(options.get("advance", 60))
    new = file.with_suffix(".new")
    new.write_text(str(moved))
    new.replace(file)
