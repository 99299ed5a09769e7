"""Commands of a learner or the driver to a lane. An applied command becomes an event, any other a refusal."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from sandbox.inside.supervision import stops
from sandbox.inside.supervision.lane import Lane
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
STOPS, CONTINUES = {Action.PAUSE, Action.FREEZE}, {Action.RESUME, Action.THAW}
OF_DRIVERS = frozenset({"command", "hold", "release"})
"""Questions of drivers that `answer` answers."""
TO_WHOLE_GROUP = {Action.KILL, Action.PAUSE, Action.RESUME, Action.FREEZE, Action.THAW}
CLOCK_FILE = "/run/clock"


class CommandNotApplied(Exception):
    """A command that could not be applied; its text is for the learner."""


class CommandNeedless(CommandNotApplied):
    """The lane is in the wanted state already: down, or running."""


class LaneControl(Protocol):
    """What commands act upon. `LaneSet` is the only implementation outside tests."""

    lanes: dict[str, Lane]

    def start(self, lane: Lane) -> None:
        """Start a lane that is down."""

    def write_event(self, lane: str, kind: str, **fields: Any) -> None: ...

    def watch_child(self, lane: str, pid: int, number: int) -> None:
        """A pool child was killed: write an event when it has ended."""

    @property
    def working(self) -> Callable[[str], list[int]]:
        """Ids of the processes that run a task of a lane now, oldest start first."""


def answer(lanes: LaneControl, question: dict[str, Any]) -> dict[str, Any]:
    """Carry out what a driver asks for: a command, or that a stub holds or releases its responses."""
    target, options = str(question.get("target")), question.get("options")
    try:
        if question["ask"] == "command":
            apply(lanes, str(question.get("action")), target, "driver", options or {})
        else:
            _hold(lanes, target, question)
    except CommandNotApplied as refusal:
        return {"refused": str(refusal)}
    return {"done": True}


def _hold(lanes: LaneControl, target: str, question: dict[str, Any]) -> None:
    """Tell a stub to hold or release its responses. Whatever calls it after this finds that done, because
    the stub reads this message before it reads any later request.
    """
    lane = lanes.lanes.get(target)
    if lane is None or lane.spec.kind != "stub" or lane.pid is None:
        raise CommandNotApplied(f"{target} is not a stub server that runs.")
    lane.send({question["ask"]: question.get("path")})


def apply(lanes: LaneControl, action: str, target: str, by: str, options: dict[str, Any]) -> None:
    """Carry a command out and write its event. Raises `CommandNotApplied`; a driver's needless command is a
    mark instead.
    """
    try:
        known = Action(action)
    except ValueError:
        raise CommandNotApplied(f"There is no action “{action}”.") from None
    name, _, child = target.partition("/")
    lane = lanes.lanes.get(name)
    if lane is None:
        raise CommandNotApplied(f"This lab has no lane “{name}”.")
    try:
        _check(known, lane, child)
        pid = _child(lanes, lane, child) if child else None
    except CommandNeedless as refusal:
        if by != "driver":
            raise
        # A learner did the same by hand before. The driver goes on; the checks report what was not tested.
        lanes.write_event("driver", "mark", data={"text": f"{known.value} {target} left out: {refusal}"})
        return
    data = {"action": known.value, "target": target, "by": by}
    lane.commanded = True
    if known in (Action.OUTAGE, Action.CLOCK) and options:
        data |= {key: options[key] for key in ("advance", "to") if key in options}
    lanes.write_event("driver" if by == "driver" else name, "command", data=data)
    if pid is not None:
        _signal_child(lanes, lane, target, pid, SIGNALS[known])
    elif known in (Action.START, Action.RESTART):
        _start(lanes, lane)
    elif known is Action.OUTAGE:
        lane.send({"outage": "other"})  # the stub writes the event
    elif known is Action.CLOCK:
        _move_clock(options)
    else:
        _signal(lane, known)


def _check(action: Action, lane: Lane, child: str) -> None:
    """Refuse what cannot be done to the lane in its present state. Raises `CommandNotApplied`."""
    if action is Action.START and lane.pid is not None:
        raise CommandNeedless(f"{lane.name} is running already.")
    if action not in (Action.START, Action.RESTART, Action.CLOCK) and lane.pid is None:
        raise CommandNeedless(f"{lane.name} is not running.")
    if action in (Action.FREEZE, Action.THAW) and lane.spec.kind != "broker":
        raise CommandNotApplied(f"Only the broker can be frozen; {lane.name} can be paused.")
    if action is Action.OUTAGE and lane.spec.kind != "stub":
        raise CommandNotApplied(f"Only a stub server can have an outage; {lane.name} is not one.")
    if child and action not in SIGNALS:
        raise CommandNotApplied(f"One child of {lane.name} can only be given a signal.")


def _child(lanes: LaneControl, lane: Lane, which: str) -> int:
    """The process id of a child. `which` is a number that counts from 1, or `child`: the child that began the
    newest running task, else the first child.
    """
    children = lane.children()
    if which.isdigit() and 1 <= int(which) <= len(children):
        return children[int(which) - 1]
    if which == "child" and children:
        busy = [pid for pid in lanes.working(lane.name) if pid in children]
        return busy[-1] if busy else children[0]
    raise CommandNeedless(f"{lane.name} has no such child process.")


def _signal_child(lanes: LaneControl, lane: Lane, target: str, pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
    if number == signal.SIGKILL:
        lanes.watch_child(target, pid, number)


def _signal(lane: Lane, action: Action) -> None:
    """Kill and pause go to the whole process group. The others go to the main process, which passes them on
    to its children in its library's way.
    """
    number = SIGNALS[action]
    if action in STOPS | CONTINUES:
        lane.awaits_stop = action in STOPS and not lane.is_stopped
        lane.is_stopped = action in STOPS
    if action in TO_WHOLE_GROUP:
        lane.signal(number)
        if lane.awaits_stop:
            stops.wait_until_stopped(lane)
    elif lane.pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(lane.pid, number)


def _start(lanes: LaneControl, lane: Lane) -> None:
    if lane.pid is None:
        lanes.start(lane)
        return
    lane.start_again = True  # `LaneSet.close` starts it once this process has ended
    with contextlib.suppress(ProcessLookupError):
        os.kill(lane.pid, signal.SIGTERM)


def _move_clock(options: dict[str, Any]) -> None:
    """`advance` adds seconds to the number in the clock file; `to` replaces the number."""
    file = Path(CLOCK_FILE)
    now = float(file.read_text()) if file.exists() else 0.0
    moved = float(options["to"]) if "to" in options else now + float(options.get("advance", 60))
    new = file.with_suffix(".new")  # renamed into place, so that no reader sees half a number
    new.write_text(str(moved))
    new.replace(file)
