"""What is under way in one lane: executions, receipts without a start, requests."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.inside.task_notes import Delivery, Key, delivery_of, process_of

MOST_LOST = 100
HELD_FOR = 0.3
"""Seconds for which an end waits for the acknowledgement that its library makes with it."""


@dataclass
class Execution:
    """One start of a task; `delivery` and `process` are None where unknown."""

    task: Key
    number: int
    delivery: Delivery | None
    process: int | None = None


@dataclass
class LaneExecutions:
    """`received` has every task that came, `pending` those of them without a start."""

    open: list[Execution] = field(default_factory=list)
    lost: deque[Execution] = field(default_factory=lambda: deque(maxlen=MOST_LOST))
    """Their process has ended; their library may still say what becomes of them."""
    ended: dict[Delivery, int] = field(default_factory=dict)
    """Number of the execution by its delivery; 0 of what never started."""
    received: set[Key] = field(default_factory=set)
    pending: set[Key] = field(default_factory=set)
    unacked: set[Delivery] = field(default_factory=set)
    held: dict[Delivery, dict[str, Any]] = field(default_factory=dict)
    """Ends that the call's own process has noted, and the worker has not acknowledged."""
    busy: Counter[int | None] = field(default_factory=Counter)
    """Requests and background functions by the process that has them."""

    def receive(self, key: Key, delivery: Delivery | None) -> None:
        self.received.add(key)
        self.pending.add(key)
        if delivery is not None:
            self.unacked.add(delivery)

    def start(self, execution: Execution) -> None:
        self.open.append(execution)
        self.pending.discard(execution.task)

    def acknowledge(self, delivery: Delivery | None) -> dict[str, Any] | None:
        """The message is acknowledged; returns the end that waited for it."""
        if delivery is None:
            return None
        self.unacked.discard(delivery)
        return self.held.pop(delivery, None)

    def hold(self, note: dict[str, Any]) -> bool:
        """Keep the first end of a delivery back until its acknowledgement, so that whoever hears of the end
        knows that the message will not come again. False where nothing is to be waited for.
        """
        delivery = delivery_of(note)
        if delivery is None or delivery in self.held:
            return False
        # A process that leaves may do so because its parent ends it, which then says how: revoked, cancelled.
        if delivery not in self.unacked and not note.get("data", {}).get("exits"):
            return False
        self.held[delivery] = note
        return True

    def overdue(self, now: float) -> list[dict[str, Any]]:
        """Ends that have waited long enough."""
        found = [note for note in self.held.values() if now - note.get("at", 0.0) > HELD_FOR]
        for note in found:
            self.acknowledge(delivery_of(note))
        return found

    def end(self, key: Key, delivery: Delivery | None) -> Execution | None:
        """The execution that ends: that of the same delivery where it is known, else the task's oldest."""
        self.pending.discard(key)
        found = None
        for executions in (self.open, self.lost):
            if found is None and (candidates := _candidates(executions, key, delivery)):
                found = candidates[0]
                executions.remove(found)
        if delivery is not None:
            self.ended[delivery] = found.number if found else 0
        return found

    def number(self, key: Key, delivery: Delivery | None) -> int | None:
        """The number of the execution that an event belongs to; None while it has not started."""
        if delivery is not None and delivery in self.ended:
            return self.ended[delivery] or None
        found = _candidates([*self.open, *self.lost], key, delivery)
        return found[0].number if found else None

    def has_run(self, key: Key, delivery: Delivery | None) -> bool:
        """Has an execution of the task, or of the delivery, been under way here?"""
        is_known = any(one.task == key for one in (*self.open, *self.lost))
        return is_known or (delivery is not None and delivery in self.ended)

    def held_by(self, pid: int) -> list[dict[str, Any]]:
        """Ends that the process had noted; they are not held any longer."""
        found = [note for note in self.held.values() if process_of(note) == pid]
        for note in found:
            self.acknowledge(delivery_of(note))
        return found

    def process_down(self, pid: int) -> None:
        """A child process has ended, and with it what it executed."""
        self.lost += [one for one in self.open if one.process == pid]
        self.open = [one for one in self.open if one.process != pid]
        self.busy.pop(pid, None)

    def is_quiet(self) -> bool:
        return not (self.open or self.pending or any(self.busy.values()))


def _candidates(executions: Iterable[Execution], key: Key, delivery: Delivery | None) -> list[Execution]:
    exact = [one for one in executions if delivery is not None and one.delivery == delivery]
    return exact or [
        one for one in executions if one.task == key and (delivery is None or one.delivery is None)
    ]
