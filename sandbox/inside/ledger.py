"""What the supervisor remembers of tasks, to number their runs and to see a redelivery. Pure: notes in, events out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

ENDINGS = frozenset({"task-succeeded", "task-failed", "task-retried", "task-rejected", "task-revoked"})
ENDS_A_RUN = frozenset({"task-succeeded", "task-retried"})
"""What only a task that runs can come to; a failure or a rejection may come before its start."""
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
    name: str | None = None
    attempt: int = 1
    starts: int = 0
    sent: Counter[int] = field(default_factory=Counter)
    received: Counter[int] = field(default_factory=Counter)


@dataclass
class _Run:
    """One start of a task. `delivery` names the request object in its worker process, None where it is not known."""

    task: str
    number: int
    delivery: tuple[int, int] | None
    process: int | None = None


class Ledger:
    """Knows the tasks of one run of a lab."""

    def __init__(self) -> None:
        self._tasks: dict[str, _Task] = {}
        self._sending: dict[str, tuple[str, dict[str, Any]]] = {}
        self._open: dict[str, list[_Run]] = {}
        self._ended: dict[str, set[tuple[int, int]]] = {}
        self._busy: Counter[str] = Counter()
        self._received_by: dict[str, set[str]] = {}

    def read(
        self, lane: str, note: dict[str, Any], doubt: str | None = None, *, ordered: bool = False
    ) -> list[dict[str, Any]]:
        """The events that a note of `lane` makes, in order; each a dict with `lane`, `kind` and what else is known.

        What cannot have happened, by `doubt` or (where the lane's library is `ordered`) by what the lane said before, is
        told with the reason in `data.forged`, and changes nothing of what is known.
        """
        kind = note["kind"]
        doubt = doubt or (self._out_of_order(lane, note) if ordered else None)
        if doubt:
            return [] if kind == "task-sending" else [_event(lane, note, forged=doubt)]
        if kind in OPENINGS:
            self._busy[lane] = max(0, self._busy[lane] + OPENINGS[kind])
        if not kind.startswith("task-"):
            return [_event(lane, note)]
        task_id = str(note.get("task") or "")
        if not task_id or (task_id not in self._tasks and len(self._tasks) >= MOST_TASKS):
            return []
        task = self._tasks.setdefault(task_id, _Task())
        task.name = note.get("name") or task.name
        task.attempt = note.get("attempt") or task.attempt
        note = {**note, "task": task_id, "name": task.name, "attempt": task.attempt}
        match kind:
            case "task-sending":
                self._sending[task_id] = (lane, note)
                return []
            case "task-sent":
                return self._sent(task_id)
            case "task-received":
                return self._received(lane, note, task, task_id)
            case "task-started":
                return [self._started(lane, note, task, task_id)]
        if kind in ENDINGS:
            return self._ended_events(lane, note, task_id)
        return [_event(lane, note)]

    def _out_of_order(self, lane: str, note: dict[str, Any]) -> str | None:
        """A start of what the lane never received, an end of what does not run in it."""
        kind, task_id = note["kind"], note.get("task")
        if kind == "task-started" and task_id not in self._received_by.get(lane, ()):
            return "started in a lane that had not received it"
        if kind in ENDS_A_RUN and not any(run.task == task_id for run in self._open.get(lane, [])):
            delivery = _delivery(note)
            if delivery is None or delivery not in self._ended.get(lane, ()):
                return "ended in a lane in which it did not run"
        return None

    def lane_down(self, lane: str) -> None:
        """A lane's process has gone, and with it whatever it ran."""
        self._received_by.pop(lane, None)
        self._open.pop(lane, None)
        self._ended.pop(lane, None)
        self._busy.pop(lane, None)

    def working(self, lane: str) -> list[int]:
        """Ids of the processes that run a task of the lane now, by start; where a library tells them."""
        return [run.process for run in self._open.get(lane, []) if run.process is not None]

    def is_quiet(self) -> bool:
        """Does nothing run that the ledger knows of?"""
        return not any(self._open.values()) and not any(self._busy.values())

    def _sent(self, task_id: str) -> list[dict[str, Any]]:
        if task_id not in self._sending:
            return []
        lane, note = self._sending.pop(task_id)
        self._tasks[task_id].sent[note["attempt"]] += 1
        return [_event(lane, {**note, "kind": "task-sent"})]

    def _received(self, lane: str, note: dict[str, Any], task: _Task, task_id: str) -> list[dict[str, Any]]:
        # A worker can only have it because it was sent: say so first, although the sender's own word is still on its way.
        events = self._sent(task_id)
        self._received_by.setdefault(lane, set()).add(task_id)
        attempt = note["attempt"]
        task.received[attempt] += 1
        if task.received[attempt] > max(1, task.sent[attempt]):
            again = {"kind": "task-redelivered", "task": task_id, "name": note["name"], "attempt": attempt}
            events.append(_event("broker", again))
        events.append(_event(lane, note))
        return events

    def _started(self, lane: str, note: dict[str, Any], task: _Task, task_id: str) -> dict[str, Any]:
        task.starts += 1
        self._open.setdefault(lane, []).append(_Run(task_id, task.starts, _delivery(note), _process(note)))
        return _event(lane, note, run=task.starts)

    def _ended_events(self, lane: str, note: dict[str, Any], task_id: str) -> list[dict[str, Any]]:
        delivery = _delivery(note)
        if delivery is not None:
            if delivery in self._ended.setdefault(lane, set()):
                return []  # a hard time limit makes Celery say "failed" twice of one delivery
            self._ended[lane].add(delivery)
        run = self._close(lane, task_id, delivery)
        return [_event(lane, note, run=run.number) if run else _event(lane, note)]

    def _close(self, lane: str, task_id: str, delivery: tuple[int, int] | None) -> _Run | None:
        """The run that this ending ends: the same delivery where it is known, else the first of the task in the lane."""
        runs = self._open.get(lane, [])
        exact = [run for run in runs if delivery is not None and run.delivery == delivery]
        candidates = exact or [
            run for run in runs if run.task == task_id and (delivery is None or run.delivery is None)
        ]
        if not candidates:
            return None
        runs.remove(candidates[0])
        return candidates[0]


def _delivery(note: dict[str, Any]) -> tuple[int, int] | None:
    number, pid = note.get("delivery"), note.get("pid")
    return (pid, number) if isinstance(number, int) and isinstance(pid, int) else None


def _process(note: dict[str, Any]) -> int | None:
    data = note.get("data")
    process = data.get("process") if isinstance(data, dict) else None
    return process if isinstance(process, int) else None


def _event(lane: str, note: dict[str, Any], **more: Any) -> dict[str, Any]:
    data = note.get("data")
    event = {"lane": lane, "kind": note["kind"], "data": {**(data if isinstance(data, dict) else {}), **more}}
    if isinstance(note.get("at"), float):
        event["at"] = note["at"]
    for key in ("task", "name", "attempt"):
        if note.get(key) is not None:
            event[key] = note[key]
    if isinstance(event.get("name"), str) and event["kind"].startswith("task-"):
        event["data"]["task_name"] = event["name"]
        event["name"] = event["name"].rpartition(".")[2]
    return event
