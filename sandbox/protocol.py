"""The one vocabulary that the site and the sandbox share: messages, events, actions, outcomes.

Standard library only: the warden, the supervisor inside the jail and the site all import this module.

The wire between a runner and a warden is a unix stream socket that carries one JSON object a line, UTF-8, at most
`LINE_LIMIT` bytes. One connection is one run:

    runner -> warden   {"op": "run", "request": {...RunRequest}}            first line
                       {"op": "command", "action": "kill", "target": "worker-1", "by": "learner", "options"?: {...}}
                       {"op": "cancel"}
                       {"op": "status"}                                     alone on a connection: a WardenStatus comes back
    warden -> runner   {"event": {"lane", "kind", "task"?, "name"?, "attempt"?, "data"}}     any number
                       {"refused": "a sentence"}                            a command that could not be applied, or a run that was not taken
                       {"end": {"outcome", "reason"}}                       last line, then the warden closes

The runner's EOF kills the jail. The warden's EOF without an `end` line means that the warden died.
`seq` and `t` are the runner's: the warden never sends them.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

LINE_LIMIT = 2 << 20
"""Longest line on the wire in bytes: a request carries up to 1 MiB of files."""

LANE = re.compile(r"[a-z][a-z0-9-]{0,31}(/[a-z0-9-]{1,16})?\Z")
"""A lane, or one child process of it as `worker-1/2` or `worker-1/child`."""

FILES_LIMIT = 1 << 20
EVENT_LIMIT = 8 << 10
TRACE_LIMIT = 1 << 20
TRACE_EVENTS = 5000
BURST_PER_SECOND = 1000


class State(StrEnum):
    """Where a run is in its life."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    ENDED = "ended"


class Outcome(StrEnum):
    """How a run ended; the closed list."""

    PASSED = "passed"
    FAILED_CHECKS = "failed_checks"
    RAN = "ran"
    ERROR = "error"
    TIMED_OUT = "timed_out"
    OVER_LIMIT = "over_limit"
    CANCELLED = "cancelled"
    LOST = "lost"


class VerdictKind(StrEnum):
    """What a check said of a run."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TESTED = "not_tested"


class Action(StrEnum):
    """What a learner or a driver may do to a lane."""

    KILL = "kill"
    TERMINATE = "terminate"
    QUIT = "quit"
    PAUSE = "pause"
    RESUME = "resume"
    RESTART = "restart"
    START = "start"
    FREEZE = "freeze"
    THAW = "thaw"
    OUTAGE = "outage"
    CLOCK = "clock"


class Kind(StrEnum):
    """Every kind of event that a trace can hold."""

    RUN_QUEUED = "run-queued"
    RUN_STARTED = "run-started"
    RUN_REQUEUED = "run-requeued"
    RUN_ENDED = "run-ended"
    LANE_UP = "lane-up"
    LANE_DOWN = "lane-down"
    TASK_SENT = "task-sent"
    TASK_RECEIVED = "task-received"
    TASK_STARTED = "task-started"
    TASK_PROGRESS = "task-progress"
    TASK_ACKED = "task-acked"
    TASK_RETRIED = "task-retried"
    TASK_SUCCEEDED = "task-succeeded"
    TASK_FAILED = "task-failed"
    TASK_REVOKED = "task-revoked"
    TASK_REJECTED = "task-rejected"
    TASK_DISCARDED = "task-discarded"
    TASK_REDELIVERED = "task-redelivered"
    REQUEST_STARTED = "request-started"
    RESPONSE_SENT = "response-sent"
    BACKGROUND_STARTED = "background-started"
    BACKGROUND_ENDED = "background-ended"
    BACKGROUND_FAILED = "background-failed"
    SCHEDULE_FIRED = "schedule-fired"
    BROKER_SAMPLE = "broker-sample"
    LOCK_ACQUIRED = "lock-acquired"
    LOCK_RELEASED = "lock-released"
    LOCK_REJECTED = "lock-rejected"
    STUB_CALLED = "stub-called"
    PROBE = "probe"
    COMMAND = "command"
    LOG = "log"
    MARK = "mark"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a trace. `seq` counts from 1 without a gap, `t` is in seconds since the claim; both are the runner's."""

    seq: int
    t: float
    lane: str
    kind: Kind
    task: str | None = None
    name: str | None = None
    attempt: int | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The contracted object: absent fields are left out, `data` always stands."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Event:
        """Read one trace object; raises `KeyError` or `ValueError` when it is not one."""
        return cls(
            seq=int(raw["seq"]),
            t=float(raw["t"]),
            lane=str(raw["lane"]),
            kind=Kind(raw["kind"]),
            task=raw.get("task"),
            name=raw.get("name"),
            attempt=raw.get("attempt"),
            data=dict(raw.get("data") or {}),
        )


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One `[[process]]` of a lab: `run` names the kind, `options` holds that kind's own keys."""

    lane: str
    run: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One `[[command]]` of a lab: what a learner may do, and to which lanes."""

    action: Action
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run: wall time in seconds, memory in MiB, events in number."""

    wall: float = 36.0
    memory_mb: int = 320
    events: int = TRACE_EVENTS


@dataclass(frozen=True, slots=True)
class RunRequest:
    """All that the sandbox needs to know of a run. `files` maps a plain file name (or `pkg/name.py`) to its text.

    `lab` is the lab's slug; only the replay sandbox reads it, to find the recording.
    """

    run: str
    attempt: int
    seed: int
    environment: str
    files: dict[str, str]
    processes: tuple[ProcessSpec, ...]
    commands: tuple[CommandSpec, ...]
    knobs: dict[str, Any]
    limits: Limits
    lab: str = ""

    def to_json(self) -> dict[str, Any]:
        """A JSON object for the wire."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> RunRequest:
        """Read a request from the wire; raises `KeyError`, `TypeError` or `ValueError` when it is not one."""
        return cls(
            run=str(raw["run"]),
            attempt=int(raw["attempt"]),
            seed=int(raw["seed"]),
            environment=str(raw["environment"]),
            files={str(name): str(text) for name, text in raw["files"].items()},
            processes=tuple(ProcessSpec(p["lane"], p["run"], dict(p["options"])) for p in raw["processes"]),
            commands=tuple(CommandSpec(Action(c["action"]), tuple(c["targets"])) for c in raw["commands"]),
            knobs=dict(raw["knobs"]),
            limits=Limits(**raw["limits"]),
            lab=str(raw.get("lab", "")),
        )


class End(StrEnum):
    """How the jail says a run ended; the runner turns `FINISHED` into passed, failed_checks or ran."""

    FINISHED = "finished"
    ERROR = "error"
    TIMED_OUT = "timed_out"
    OVER_LIMIT = "over_limit"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The warden's last line of a run. `reason` is a sentence for the learner, empty for `FINISHED`."""

    outcome: End
    reason: str = ""


class Force(StrEnum):
    """How far a protection holds."""

    FULL = "full"
    WEAKER = "weaker"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Protection:
    """How far a protection of the jail holds here, and in words by what, or why not. Whoever finds the words judges."""

    force: Force
    words: str

    def __str__(self) -> str:
        return self.words if self.force is Force.FULL else f"{self.force}: {self.words}"

    @classmethod
    def from_json(cls, raw: dict[str, Any] | str) -> Protection:
        """Read one from the wire. An older warden sends words alone: they are not taken for full force."""
        if isinstance(raw, str):
            return cls(Force.WEAKER, f"{raw} (an older warden, which does not say how far that holds)")
        return cls(Force(raw["force"]), str(raw["words"]))


@dataclass(frozen=True, slots=True)
class WardenStatus:
    """What a warden says of itself.

    `mode` is `jail` or `replay`; `protections` are by name; `environments` names the virtual environments it can run;
    `most` bounds the runs at once, 0 where an older warden does not say.
    """

    mode: str
    warm: int
    pool: int
    running: int
    environments: tuple[str, ...]
    protections: dict[str, Protection]
    sentence: str = ""
    most: int = 0

    @property
    def weak(self) -> dict[str, Protection]:
        """The protections that are off, or hold less than they could."""
        return {name: one for name, one in self.protections.items() if one.force is not Force.FULL}

    def to_json(self) -> dict[str, Any]:
        """A JSON object for the wire."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> WardenStatus:
        """Read a status from the wire; what a warden of another age says besides, or does not say yet, does no harm."""
        known = {name: raw[name] for name in cls.__slots__ if name in raw}
        known["protections"] = {name: Protection.from_json(one) for name, one in raw["protections"].items()}
        return cls(**{**known, "environments": tuple(raw["environments"])})
