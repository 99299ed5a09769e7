"""Plain factories: what a test does not name has a value that works."""

from __future__ import annotations

import threading
from typing import Any

from django.db import connection

from accounts.models import User
from labs.models import Lab, Run
from labs.runner.runner import Runner
from sandbox.protocol import Event, Kind


def make_run(lab: Lab, learner: User, **fields: Any) -> Run:
    defaults: dict[str, Any] = {"knobs": lab.current.default_knobs()}
    return Run.objects.create(lab=lab, revision=lab.current, learner=learner, **{**defaults, **fields})


def working(runner: Runner) -> threading.Thread:
    """A thread that works as Celery's would, and gives its database connection back."""

    def work() -> None:
        try:
            runner.work()
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


class Story:
    """Writes a trace event by event; each `after` seconds after the one before."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._now = 0.0

    def add(
        self, lane: str, kind: Kind, *, after: float = 0.1, data: dict[str, Any] | None = None, **fields: Any
    ) -> Event:
        self._now = round(self._now + after, 3)
        event = Event(len(self.events) + 1, self._now, lane, kind, data=data or {}, **fields)
        self.events.append(event)
        return event

    def started(self, task: str = "t1", lane: str = "worker-1", name: str = "send", **data: Any) -> Event:
        return self.add(lane, Kind.TASK_STARTED, task=task, name=name, data=data)

    def succeeded(self, task: str = "t1", lane: str = "worker-1", name: str = "send", **data: Any) -> Event:
        return self.add(lane, Kind.TASK_SUCCEEDED, task=task, name=name, data=data)
