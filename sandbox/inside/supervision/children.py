"""Child processes of lanes that execute tasks or serve requests: their start, and their death within 0.3 s.

A library may notice the death of a child late (Celery waits up to ten seconds) or not at all. So the
supervisor looks at the processes of all executions that are under way, ten times a second.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.inside.supervision.lane import Lane
from sandbox.process_kinds import PROCESS_KINDS

MOST_CHILDREN = 1000
MOST_NUMBER = 64
MOST_LOOKS = 20
"""So often a child is looked at whose parent has collected it, and may still say how it ended."""
NORMAL_EXITS = frozenset({0, 155})
"""A child that ended by itself; 155 is the status of a pool child that has done its share of tasks."""


@dataclass
class _Child:
    """`how` is its `exit` and `signal`, once its library has said them. `looks` counts how often it has been
    seen dead.
    """

    lane: str
    """Its own lane, as `worker-1/child` or `web/2`."""
    how: dict[str, int | None] | None = None
    looks: int = 0
    killed_by: int | None = None
    """The signal of a command."""


class Children:
    """The children of all lanes. `write_event` writes an event. `on_down` gets lane and process, before the
    event.
    """

    def __init__(self, write_event: Callable[..., None]) -> None:
        self._write_event = write_event
        self._children: dict[int, _Child] = {}
        self._reported: set[int] = set()
        self.on_down: Callable[[str, int], None] = lambda lane, pid: None

    def was_killed(self, lane: str, pid: int, number: int) -> None:
        """A command has sent a deadly signal to the child."""
        self._children[pid] = _Child(lane, killed_by=number)

    def hear(self, lane: Lane, kind: str, data: dict[str, Any]) -> None:
        """A lane says that a child of it is up or down. Its library may be the first to notice the end."""
        if kind == "child-up":
            self._is_up(lane, data)
        else:
            self._has_ended(lane.name, data)

    def _is_up(self, lane: Lane, data: dict[str, Any]) -> None:
        """A process of the lane says that it serves, and which one it is, counted from 1."""
        pid, number = data.get("child"), data.get("number")
        if not isinstance(pid, int) or not isinstance(number, int) or not 1 <= number <= MOST_NUMBER:
            return
        if pid in self._children or pid in self._reported or not _is_of(lane, pid):
            return
        child = _Child(f"{lane.name}/{number}")
        if pid != lane.pid:
            self._children[pid] = child
        self._reported.discard(pid)
        system = PROCESS_KINDS[lane.spec.kind].system
        version = str(data.get("version", ""))[:40]
        self._write_event(child.lane, "lane-up", data={"pid": pid, "system": system, "version": version})

    def works(self, lane: Lane, pid: int) -> None:
        """The process executes a task of the lane: watch it, if it is a child of the lane."""
        if pid == lane.pid or pid in self._children or pid in self._reported:
            return
        if len(self._children) < MOST_CHILDREN and _is_of(lane, pid):
            self._children[pid] = _Child(f"{lane.name}/child")

    def _has_ended(self, lane: str, data: dict[str, Any]) -> None:
        pid = data.get("child")
        if not isinstance(pid, int) or pid in self._reported or len(self._children) >= MOST_CHILDREN:
            return
        known = self._children.get(pid, _Child(f"{lane}/child"))
        if known.lane.partition("/")[0] != lane or not is_gone(pid):
            return  # another lane's child, or one that still lives: the note cannot be true
        known.how = {key: _number(data.get(key)) for key in ("exit", "signal")}
        self._children[pid] = known

    def report_ended(self, working: Set[int] = frozenset(), *, at_once: bool = False) -> None:
        """Write an event for each child that has died; `working` are the processes with an execution under
        way. One that a command did not kill is reported at the
        second look, so that its library can say first what it did: revoke a task, or enforce a time limit.
        """
        for pid, child in list(self._children.items()):
            if not is_gone(pid):
                continue
            if child.killed_by is not None:
                self._report(pid, child, {"exit": None, "signal": child.killed_by})
            else:
                self._report_if_due(pid, child, works=pid in working, at_once=at_once)
            child.looks += 1

    def _report_if_due(self, pid: int, child: _Child, *, works: bool, at_once: bool) -> None:
        if child.how is not None:
            if not (child.looks or at_once):
                return
            if works or child.how["exit"] not in NORMAL_EXITS:
                self._report(pid, child, child.how)
            else:
                self._forget(pid)
        elif works and (child.looks >= 2 or at_once):
            self._report(pid, child, {"exit": None, "signal": None})
        elif child.looks > MOST_LOOKS:
            self._forget(pid)

    def forget(self, lane: str) -> None:
        """The lane's own process has ended: nothing more is to be said of its children."""
        for pid, child in list(self._children.items()):
            if child.lane.partition("/")[0] == lane and child.killed_by is None:
                del self._children[pid]

    def _report(self, pid: int, child: _Child, how: dict[str, int | None]) -> None:
        self.on_down(child.lane.partition("/")[0], pid)
        if len(self._reported) < MOST_CHILDREN:
            self._write_event(child.lane, "lane-down", data={"pid": pid, **how})
        self._forget(pid)

    def _forget(self, pid: int) -> None:
        self._reported.add(pid)
        self._children.pop(pid, None)


def _is_of(lane: Lane, pid: int) -> bool:
    """Is the process in the lane's session? Its own notes cannot make another lane's process a child."""
    try:
        return lane.pid is not None and os.getsid(pid) == lane.pid
    except OSError:
        return False


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def is_gone(pid: int) -> bool:
    """Has the process ended? A zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] in {b"Z", b"X"}
    except (OSError, IndexError):
        return True
