"""The executions of tasks in a trace: each start of a task by a worker, and how it ended."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.protocol import Event, Kind

ENDINGS = {
    Kind.TASK_SUCCEEDED: "succeeded",
    Kind.TASK_FAILED: "failed",
    Kind.TASK_RETRIED: "retried",
    Kind.TASK_REJECTED: "rejected",
    Kind.TASK_REVOKED: "revoked",
    Kind.TASK_IGNORED: "ignored",
    Kind.TASK_REPLACED: "replaced",
    Kind.TASK_CANCELLED: "cancelled",
}


@dataclass(slots=True)
class Execution:
    """One execution of one task in one lane. Times are in seconds since the claim, by the clock of the
    process that reported them where it has one. `outcome` is one of `succeeded failed retried rejected
    revoked ignored replaced cancelled killed open`; while it is `open`, `ended` is infinite and `end_seq` is
    0. `eager` says that the caller executed the task itself, without a message.
    """

    task: str
    name: str
    lane: str
    started: float
    start_seq: int
    number: int | None = None
    process: int | None = None
    ended: float = math.inf
    end_seq: int = 0
    outcome: str = "open"
    eager: bool = False
    whole_name: str = ""

    def end(self, event: Event, outcome: str, at: float) -> None:
        self.ended, self.end_seq, self.outcome = max(at, self.started), event.seq, outcome


def read_executions(events: Iterable[Event]) -> list[Execution]:
    """Executions in the order of their starts."""
    events = list(events)
    zero = distance_of_zeros(events)
    executions: list[Execution] = []
    live: list[Execution] = []
    for event in events:
        at = moment_of(event, zero)
        if event.kind == Kind.TASK_STARTED and event.task:
            executions.append(_started(event, at))
            live.append(executions[-1])
        elif event.kind in ENDINGS and (execution := _ended_by(event, live)):
            execution.end(event, ENDINGS[event.kind], at)
            live.remove(execution)
        elif event.kind == Kind.LANE_DOWN:
            for execution in [execution for execution in live if _died_with(execution, event)]:
                execution.end(event, "killed", at)
                live.remove(execution)
    return executions


def _started(event: Event, at: float) -> Execution:
    data = event.data
    return Execution(
        event.task or "",
        event.name or "",
        event.lane,
        at,
        event.seq,
        data.get("execution"),
        data.get("process"),
        eager=data.get("eager") is True,
        whole_name=_whole_name(event),
    )


def distance_of_zeros(events: Iterable[Event]) -> float:
    """Seconds between the zero of the senders' clock, the jail's start, and that of the trace, the claim. The
    smallest delay between an event's two times is this distance plus next to nothing.
    """
    return min((event.t - at for event in events if (at := _at(event)) is not None), default=0.0)


def moment_of(event: Event, zero: float) -> float:
    """When the event happened, by its sender's clock; where it has none, when it came."""
    at = _at(event)
    return event.t if at is None else round(at + zero, 4)


def _at(event: Event) -> float | None:
    at = event.data.get("at")
    is_number = isinstance(at, int | float) and not isinstance(at, bool) and math.isfinite(at)
    return None if not is_number or event.data.get("forged") else at


def _whole_name(event: Event) -> str:
    return str(event.data.get("task_name") or event.name or "")


def _ended_by(event: Event, live: list[Execution]) -> Execution | None:
    """The execution that an event ends: the one with the event's number; without a number, the one that
    started first in the lane.
    """
    name = _whole_name(event)  # a program may give one id to two tasks
    same = [one for one in live if one.task == event.task and name in ("", one.whole_name)]
    number = event.data.get("execution")
    if number is not None:
        return next((execution for execution in same if execution.number == number), None)
    return next((execution for execution in same if execution.lane == event.lane), None)


def _died_with(execution: Execution, down: Event) -> bool:
    """Did this execution end with this lane? A lane's end ends its executions and those of its children; a
    child's end ends what that process ran.
    """
    if execution.lane == down.lane or execution.lane.startswith(f"{down.lane}/"):
        return True
    lane, _, child = down.lane.partition("/")
    return (
        bool(child)
        and execution.lane == lane
        and execution.process is not None
        and execution.process == down.data.get("pid")
    )
