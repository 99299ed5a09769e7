"""The table of process kinds: what a `[[process]]` of lab.toml may be, and which systems a course may name.

The site checks lab.toml against this table and lays lanes out by it. The jail runs one implementation of each
row (`sandbox/inside/processes/`) and doubts an event that a lane's kind cannot cause. Standard library only,
because both sides import it.

`python -m sandbox.process_kinds` prints the table that sandbox/README.md shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from sandbox.protocol import Kind

SYSTEMS = {
    "apscheduler": "APScheduler",
    "arq": "ARQ",
    "asyncio": "asyncio",
    "celery": "Celery",
    "django-tasks": "Django Tasks",
    "fastapi": "FastAPI",
    "python": "Python",
    "rabbitmq": "RabbitMQ",
    "redis": "Redis",
    "rq": "RQ",
    "uvicorn": "Uvicorn",
    "valkey": "Valkey",
}
"""What a lesson or a lab may name in `systems`, and how its makers write it."""


class Option(Enum):
    """The type of an option's value. The value is the word that documentation and errors use for it."""

    TEXT = "a text"
    NUMBER = "a number"
    FLAG = "true or false"
    WORDS = "a list of texts, or one text"
    LIST = "a list"
    TABLE = "a table"

    def accepts(self, value: Any) -> bool:
        """Is this a value of the type? `{knob = "name"}` is one of every type: the run puts the knob's in."""
        if isinstance(value, dict) and set(value) == {"knob"}:
            return True
        match self:
            case Option.TEXT:
                return isinstance(value, str)
            case Option.NUMBER:
                # TOML's `true` is a Python int as well.
                return isinstance(value, int | float) and not isinstance(value, bool)
            case Option.FLAG:
                return isinstance(value, bool)
            case Option.WORDS:
                return isinstance(value, str) or (
                    isinstance(value, list) and all(isinstance(word, str) for word in value)
                )
            case Option.LIST:
                return isinstance(value, list)
            case Option.TABLE:
                return isinstance(value, dict)


class Broker(StrEnum):
    """Which broker a kind of process needs."""

    NONE = "none"
    VALKEY = "valkey"


class Place(Enum):
    """Where a lane of the kind is drawn on the timeline, from top to bottom."""

    FIRST = 0
    """It sends tasks: above the broker."""
    MIDDLE = 1
    LAST = 2
    """It is called by others, or only observes."""


@dataclass(frozen=True)
class ProcessKind:
    """One row. `options` are the kind's own keys; `COMMON_OPTIONS` come on top of them.

    `events` are those that only kinds which list them can cause, and only after the process is ready. Events
    that no row lists (`task-sent`, `mark`, locks) can come from any process, even from a module's import.
    """

    name: str
    system: str
    summary: str
    options: Mapping[str, Option]
    events: frozenset[Kind] = frozenset()
    broker: Broker = Broker.NONE
    place: Place = Place.MIDDLE
    has_children: bool = False
    """Has it child processes that execute tasks or serve requests, and reports their start or end?"""
    runs_code: bool = True
    """Does it run code of the lab, which may execute tasks itself?"""
    is_script: bool = False
    """Does it run a script of the lab, which may wait for events and command lanes through `bench`?"""
    is_ordered: bool = True
    """Does it report that a task was received before its start, and its start before its end?"""

    @property
    def accepted_options(self) -> dict[str, Option]:
        return {**COMMON_OPTIONS, **self.options}


COMMON_OPTIONS = {"start": Option.FLAG, "environment": Option.TABLE}
"""Options of every kind: `start = false` leaves the lane down until a command starts it; `environment` adds
environment variables.
"""
_LOGLEVEL = {"loglevel": Option.TEXT}
_EXTRA = {"extra": Option.WORDS}

_WORKER_EVENTS = frozenset(
    {
        Kind.TASK_RECEIVED,
        Kind.TASK_STARTED,
        Kind.TASK_ACKED,
        Kind.TASK_RETRIED,
        Kind.TASK_SUCCEEDED,
        Kind.TASK_FAILED,
        Kind.TASK_REJECTED,
        Kind.TASK_REVOKED,
        Kind.TASK_IGNORED,
        Kind.TASK_REPLACED,
        Kind.TASK_CANCELLED,
        Kind.TASK_EXPIRED,
        Kind.TASK_DISCARDED,
        Kind.TASK_LIMIT,
    }
)
_WEB_EVENTS = frozenset(
    {
        Kind.REQUEST_STARTED,
        Kind.RESPONSE_SENT,
        Kind.BACKGROUND_STARTED,
        Kind.BACKGROUND_ENDED,
        Kind.BACKGROUND_FAILED,
    }
)

_ROWS = (
    ProcessKind(
        "celery-worker",
        "celery",
        "A Celery worker.",
        {
            "app": Option.TEXT,
            "pool": Option.TEXT,
            "concurrency": Option.NUMBER,
            "queues": Option.WORDS,
            "events": Option.FLAG,
            "heartbeat": Option.FLAG,
            "gossip": Option.FLAG,
            "mingle": Option.FLAG,
            **_LOGLEVEL,
            **_EXTRA,
        },
        _WORKER_EVENTS,
        Broker.VALKEY,
        has_children=True,
    ),
    ProcessKind(
        "beat",
        "celery",
        "Celery's scheduler.",
        {
            "app": Option.TEXT,
            "schedule": Option.TEXT,
            "max_interval": Option.NUMBER,
            **_LOGLEVEL,
            **_EXTRA,
        },
        frozenset({Kind.SCHEDULE_FIRED}),
        Broker.VALKEY,
    ),
    ProcessKind(
        "rq-worker",
        "rq",
        "An RQ worker, which forks for each job.",
        {
            "queues": Option.WORDS,
            "burst": Option.FLAG,
            "maintenance_interval": Option.NUMBER,
            "scheduler": Option.FLAG,
            **_LOGLEVEL,
        },
        _WORKER_EVENTS,
        Broker.VALKEY,
        has_children=True,
    ),
    ProcessKind(
        "scheduler",
        "apscheduler",
        "A script of the lab that builds an APScheduler.",
        {"file": Option.TEXT},
        _WORKER_EVENTS | {Kind.SCHEDULE_FIRED, Kind.SCHEDULE_MISSED},
        is_script=True,
        # A short job can end before the scheduler reports that it was submitted.
        is_ordered=False,
    ),
    ProcessKind(
        "uvicorn",
        "uvicorn",
        "A web application.",
        {
            "app": Option.TEXT,
            "env": Option.TEXT,
            "workers": Option.NUMBER,
            "graceful": Option.NUMBER,
            "graceful_from": Option.TEXT,
            **_LOGLEVEL,
        },
        _WEB_EVENTS,
        place=Place.FIRST,
        has_children=True,
    ),
    ProcessKind(
        "python",
        "python",
        "A script of the lab; the one with the lane `driver` directs the run.",
        {"file": Option.TEXT, "arguments": Option.WORDS},
        place=Place.FIRST,
        is_script=True,
    ),
    ProcessKind(
        "stub",
        "stub",
        "A server that imitates an outside system.",
        {
            "env": Option.TEXT,
            "routes": Option.LIST,
            "outages": Option.LIST,
            "outage_status": Option.NUMBER,
            "limit": Option.TABLE,
        },
        frozenset({Kind.STUB_RECEIVED, Kind.STUB_CALLED, Kind.OUTAGE, Kind.HOLD}),
        place=Place.LAST,
        runs_code=False,
    ),
    ProcessKind(
        "probe",
        "probe",
        "A client that requests one page at a fixed pace and reports the response times.",
        {
            "env": Option.TEXT,
            "path": Option.TEXT,
            "every": Option.NUMBER,
            "timeout": Option.NUMBER,
            "summary": Option.NUMBER,
        },
        frozenset({Kind.PROBE}),
        place=Place.LAST,
        runs_code=False,
    ),
)
PROCESS_KINDS: dict[str, ProcessKind] = {kind.name: kind for kind in _ROWS}
"""Every kind by its name, which is the `kind` of a `[[process]]`."""

CAUSED_BY: dict[Kind, frozenset[str]] = {
    event: frozenset(kind.name for kind in _ROWS if event in kind.events)
    for event in frozenset().union(*(kind.events for kind in _ROWS))
}
"""Names of the process kinds that can cause an event; events that any process can cause are absent."""


def markdown_table() -> str:
    """The table for README.md."""
    lines = ["| kind | system | what it is | its own keys | broker | events only it can cause |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for kind in _ROWS:
        keys = ", ".join(f"`{key}`" for key in kind.options)
        events = ", ".join(f"`{event}`" for event in sorted(kind.events)) or "none"
        lines.append(
            f"| `{kind.name}` | {kind.system} | {kind.summary} | {keys} | {kind.broker} | {events} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown_table())  # noqa: T201 (the command's output)
