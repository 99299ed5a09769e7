"""What the supervisor remembers of tasks, to number their executions and to recognise a redelivery.

It does no input or output: notes go in, events come out. A task is known by its id and its name, because a
program may give one id to two tasks, and because a task that replaces itself hands its id on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.inside.lane_executions import Execution, LaneExecutions
from sandbox.inside.task_notes import Key, delivery_of, event_of, is_called_in_place, process_of

ENDINGS = frozenset(
    {
        "task-succeeded",
        "task-failed",
        "task-retried",
        "task-rejected",
        "task-revoked",
        "task-ignored",
        "task-replaced",
        "task-cancelled",
        "task-expired",
    }
)
ENDS_AN_EXECUTION = frozenset({"task-succeeded", "task-retried", "task-replaced"})
"""Endings that need a start; a failure or a rejection can also come before one."""
SAID_BY_THE_PARENT = frozenset({"task-revoked", "task-cancelled"})
"""Ends that a worker's parent process brings about; the call's own process only knows that it must leave."""
OF_AN_EXECUTION = frozenset({"task-acked", "task-limit"})
"""Events that carry the number of the execution that they belong to and do not end it."""
OPENINGS = {
    "background-started": 1,
    "background-ended": -1,
    "background-failed": -1,
    "request-started": 1,
    "response-sent": -1,
}
MOST_TASKS = 20_000


@dataclass
class _Task:
    attempt: int = 1
    starts: int = 0
    sent: Counter[int] = field(default_factory=Counter)
    received: Counter[int] = field(default_factory=Counter)


class TaskHistory:
    """The tasks of one run of a lab."""

    def __init__(self) -> None:
        self._tasks: dict[Key, _Task] = {}
        self._names: dict[str, str] = {}
        self._sending: dict[Key, tuple[str, dict[str, Any]]] = {}
        self._lanes: dict[str, LaneExecutions] = {}

    def read(
        self, lane: str, note: dict[str, Any], doubt: str | None = None, *, ordered: bool = False
    ) -> list[dict[str, Any]]:
        """Return the events that follow from a note of `lane`, in order. Each event is a dict with `lane`,
        `kind` and `data`, and with `task`, `name`, `attempt` and `at` where they are known.

        A note is doubted for the reason `doubt`, or, where the lane's library is `ordered`, because it does
        not follow from the lane's earlier notes. A doubted note becomes an event with the reason in
        `data.forged` and changes nothing in the history.
        """
        kind = note["kind"]
        key = self._key(note)
        doubt = doubt or (self._out_of_order(lane, note, key) if ordered else None)
        if doubt:
            return [] if kind == "task-sending" else [event_of(lane, note, forged=doubt)]
        if kind in OPENINGS:
            busy, process = self._lane(lane).busy, process_of(note)
            busy[process] = max(0, busy[process] + OPENINGS[kind])
        if not kind.startswith("task-"):
            return [event_of(lane, note)]
        if not key[0] or (key not in self._tasks and len(self._tasks) >= MOST_TASKS):
            return []
        task = self._tasks.setdefault(key, _Task())
        self._names[key[0]] = key[1]
        counts = "attempt" not in note  # the library has no count of its own
        task.attempt = note.get("attempt") or task.attempt
        note = {**note, "task": key[0], "name": key[1] or None, "attempt": task.attempt}
        if kind == "task-retried" and counts:
            task.attempt += 1
        if kind == "task-sending":
            self._sending[key] = (lane, note)
            return []
        return self._task_events(lane, note, task, key)

    def lane_down(self, lane: str) -> list[dict[str, Any]]:
        """A lane's process has ended, and with it all its executions. Returns the events of the ends that
        were held back.
        """
        events = self._release(lane, math.inf)
        self._lanes.pop(lane, None)
        return events

    def process_down(self, lane: str, pid: int) -> list[dict[str, Any]]:
        """A child process of a lane has ended, and with it what it executed. Returns the events of the ends
        that were held back.
        """
        known = self._lane(lane)
        events = self._write_held(lane, known.held_by(pid))
        known.process_down(pid)
        return events

    def overdue(self, now: float) -> list[dict[str, Any]]:
        """The events of ends that no acknowledgement followed in time, by monotonic seconds."""
        return [event for lane in list(self._lanes) for event in self._release(lane, now)]

    def working(self, lane: str) -> list[int]:
        """Ids of the processes that execute a task of the lane now, oldest start first; where
        they are known.
        """
        return [one.process for one in self._lane(lane).open if one.process is not None]

    def processes(self) -> Iterator[tuple[str, int]]:
        """(lane, process) of every execution under way."""
        for name in list(self._lanes):
            for pid in self.working(name):
                yield name, pid

    def is_quiet(self) -> bool:
        """Is nothing known to be executed, to be received and not started, or to be served?"""
        return all(lane.is_quiet() for lane in self._lanes.values())

    def _lane(self, name: str) -> LaneExecutions:
        known = self._lanes.get(name)
        if known is None:
            known = self._lanes[name] = LaneExecutions()
        return known

    def _key(self, note: dict[str, Any]) -> Key:
        """A note without a name is about the task that had this id last."""
        task = str(note.get("task") or "")
        return task, str(note.get("name") or self._names.get(task, ""))

    def _out_of_order(self, lane: str, note: dict[str, Any], key: Key) -> str | None:
        """The reason, if this is a start without a receipt or an end without an execution in this lane."""
        kind, known = note["kind"], self._lane(lane)
        if kind == "task-started" and key not in known.received and not is_called_in_place(note):
            return "started in a lane that had not received it"
        if kind in ENDS_AN_EXECUTION and not known.has_run(key, delivery_of(note)):
            return "ended in a lane in which it did not run"
        return None

    def _task_events(self, lane: str, note: dict[str, Any], task: _Task, key: Key) -> list[dict[str, Any]]:
        kind, known = note["kind"], self._lane(lane)
        if kind == "task-sent":
            return self._sent(key)
        if kind == "task-received":
            return self._received(lane, note, task, key)
        if kind == "task-started":
            task.starts += 1
            known.start(Execution(key, task.starts, delivery_of(note), process_of(note)))
            return [event_of(lane, note, execution=task.starts)]
        if kind in ENDINGS:
            return self._ended(lane, note, key)
        if kind == "task-discarded":
            known.pending.discard(key)
        more = {}
        if kind in OF_AN_EXECUTION and (number := known.number(key, delivery_of(note))) is not None:
            more["execution"] = number
        events = [event_of(lane, note, **more)]
        if kind == "task-acked" and (held := known.acknowledge(delivery_of(note))):
            events += self._write_held(lane, [held])
        return events

    def _sent(self, key: Key) -> list[dict[str, Any]]:
        if key not in self._sending:
            return []
        lane, note = self._sending.pop(key)
        self._tasks[key].sent[note["attempt"]] += 1
        return [event_of(lane, {**note, "kind": "task-sent"})]

    def _received(self, lane: str, note: dict[str, Any], task: _Task, key: Key) -> list[dict[str, Any]]:
        # The message must have been sent, although the sender's own note of that may come later: the two
        # lanes have different channels. So the event `task-sent` is written first.
        events = self._sent(key)
        self._lane(lane).receive(key, delivery_of(note))
        attempt = note["attempt"]
        task.received[attempt] += 1
        # Sent twice on purpose and received twice is no redelivery; received more often than sent is one.
        if task.received[attempt] > max(1, task.sent[attempt]):
            again = {"kind": "task-redelivered", "task": key[0], "name": key[1] or None, "attempt": attempt}
            events.append(event_of("broker", again | {"at": note.get("at")}))
        events.append(event_of(lane, note))
        return events

    def _ended(self, lane: str, note: dict[str, Any], key: Key) -> list[dict[str, Any]]:
        delivery, known = delivery_of(note), self._lane(lane)
        if delivery is not None and delivery in known.ended:
            return []  # the worker's parent process confirms what the call's own process has said
        if known.hold(note):
            return []
        held = known.acknowledge(delivery)
        if held and note["kind"] not in SAID_BY_THE_PARENT:
            note = held
        return self._end(lane, note, key)

    def _end(self, lane: str, note: dict[str, Any], key: Key) -> list[dict[str, Any]]:
        known, delivery = self._lane(lane), delivery_of(note)
        note.get("data", {}).pop("exits", None)
        execution = known.end(key, delivery)
        return [event_of(lane, note, execution=execution.number) if execution else event_of(lane, note)]

    def _release(self, lane: str, now: float) -> list[dict[str, Any]]:
        return self._write_held(lane, self._lane(lane).overdue(now))

    def _write_held(self, lane: str, notes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        events = []
        for note in notes:
            events += self._end(lane, note, (note["task"], note["name"] or ""))
        return events
