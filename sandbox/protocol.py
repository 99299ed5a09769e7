"""What the site and the sandbox share: messages, events, actions, outcomes.

Standard library only, because the warden, the supervisor in a jail and the site all import this module.

A runner and a warden exchange one JSON object a line, in UTF-8 and at most `LINE_LIMIT` bytes long, through a
unix stream socket. One connection is one run:

    runner -> warden   {"op": "run", "request": {...RunRequest}}      the first line
                       {"op": "command", "action", "target", "by", "options"?}
                       {"op": "cancel"}
                       {"op": "status"}      the only line of its connection; the reply is a WardenStatus
    warden -> runner   {"event": {"lane", "kind", "task"?, "name"?, "attempt"?, "data"}}
                       {"refused": "a sentence"}      for a command that was not applied, or for the run
                       {"end": {"outcome", "reason", "lateness"}}      the last line; the warden then closes

If the runner closes the connection, the warden kills the jail. If the warden closes it without an `end` line,
the warden has died. The runner adds `seq` and `t` to events; the warden never sends them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.warden_status import Force as Force
from sandbox.warden_status import Protection as Protection
from sandbox.warden_status import WardenStatus as WardenStatus

LINE_LIMIT = 2 << 20
"""Longest line in bytes: files of `FILES_LIMIT`, and as much again for the rest of a request."""

LANE = re.compile(r"[a-z][a-z0-9-]{0,31}(/[a-z0-9-]{1,16})?\Z")
"""A lane, or one child process of it as `worker-1/2` or `worker-1/child`."""

FILES_LIMIT, EVENT_LIMIT, TRACE_LIMIT = 1 << 20, 8 << 10, 1 << 20
"""Bytes. `files_size` counts those of files."""
TRACE_EVENTS, BURST_PER_SECOND = 5000, 1000


def line(message: Mapping[str, Any]) -> bytes:
    """A message as one line. Text in any script counts with its bytes in UTF-8, not with JSON's escapes.

    Raises `UnicodeEncodeError` for half of a surrogate pair.
    """
    return json.dumps(message, ensure_ascii=False).encode() + b"\n"


def files_size(files: Mapping[str, str]) -> int:
    """Bytes of files as a line carries them. JSON writes a line break, a quote and a backslash in two bytes
    and other control characters in six. The site and the warden both compare this with `FILES_LIMIT`.
    """
    return len(json.dumps(dict(files), ensure_ascii=False).encode("utf-8", "replace"))


class State(StrEnum):
    """The states of a run, in their order."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    ENDED = "ended"


class Outcome(StrEnum):
    """How a run ended."""

    PASSED = "passed"
    FAILED_CHECKS = "failed_checks"
    RAN = "ran"
    ERROR = "error"
    TIMED_OUT = "timed_out"
    OVER_LIMIT = "over_limit"
    CANCELLED = "cancelled"
    LOST = "lost"
    NOT_JUDGED = "not_judged"


class VerdictKind(StrEnum):
    """The result of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TESTED = "not_tested"
    NOT_JUDGED = "not_judged"


class Action(StrEnum):
    """The commands that a learner or a driver may give to a lane."""

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
    TASK_IGNORED = "task-ignored"
    TASK_REPLACED = "task-replaced"
    TASK_CANCELLED = "task-cancelled"
    TASK_EXPIRED = "task-expired"
    TASK_DISCARDED = "task-discarded"
    TASK_WAITING = "task-waiting"
    TASK_LIMIT = "task-limit"
    TASK_REDELIVERED = "task-redelivered"
    REQUEST_STARTED = "request-started"
    RESPONSE_SENT = "response-sent"
    BACKGROUND_STARTED = "background-started"
    BACKGROUND_ENDED = "background-ended"
    BACKGROUND_FAILED = "background-failed"
    SCHEDULE_FIRED = "schedule-fired"
    SCHEDULE_MISSED = "schedule-missed"
    BROKER_SAMPLE = "broker-sample"
    LOCK_ACQUIRED = "lock-acquired"
    LOCK_RELEASED = "lock-released"
    LOCK_REJECTED = "lock-rejected"
    STUB_RECEIVED = "stub-received"
    STUB_CALLED = "stub-called"
    OUTAGE = "outage"
    HOLD = "hold"
    PROBE = "probe"
    COMMAND = "command"
    LOG = "log"
    MARK = "mark"
    LATENESS = "lateness"
    DROPPED = "dropped"


JAIL_KINDS = {kind.value: kind for kind in Kind if not kind.startswith("run-")}
"""What a jail may report; `run-*` events are the runner's own."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a trace. `seq` counts from 1 without a gap; `t` is in seconds since the claim."""

    seq: int
    t: float
    lane: str
    kind: Kind
    task: str | None = None
    name: str | None = None
    attempt: int | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The JSON object of a trace: fields that are None are left out."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Event:
        """Raises `KeyError` or `ValueError` for what is not an event."""
        known = (int(raw["seq"]), float(raw["t"]), str(raw["lane"]), Kind(raw["kind"]))
        about = (raw.get("task"), raw.get("name"), raw.get("attempt"))
        return cls(*known, *about, dict(raw.get("data") or {}))


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One `[[process]]` of a lab: `kind` names it in `sandbox.process_kinds`, `options` holds that kind's own
    keys.
    """

    lane: str
    kind: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One `[[command]]` of a lab: an action that a learner may take, and the lanes that it may be
    given to.
    """

    action: Action
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run: wall time in seconds, memory in MiB, number of events."""

    wall: float = 36.0
    memory_mb: int = 320
    events: int = TRACE_EVENTS


@dataclass(frozen=True, slots=True)
class RunRequest:
    """All that the sandbox needs to know of a run. `files` maps a file name (plain, or `pkg/name.py`) to its
    text.

    `lab` is the lab's slug. Only the replay sandbox uses it, to find the recording.
    """

    run: str
    claim: int
    seed: int
    environment: str
    files: dict[str, str]
    processes: tuple[ProcessSpec, ...]
    commands: tuple[CommandSpec, ...]
    knobs: dict[str, Any]
    limits: Limits
    lab: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> RunRequest:
        """Raises `KeyError`, `TypeError` or `ValueError` for what is not a request."""
        return cls(
            run=str(raw["run"]),
            claim=int(raw["claim"]),
            seed=int(raw["seed"]),
            environment=str(raw["environment"]),
            files={str(name): str(text) for name, text in raw["files"].items()},
            processes=tuple(ProcessSpec(p["lane"], p["kind"], dict(p["options"])) for p in raw["processes"]),
            commands=tuple(CommandSpec(Action(c["action"]), tuple(c["targets"])) for c in raw["commands"]),
            knobs=dict(raw["knobs"]),
            limits=Limits(**raw["limits"]),
            lab=str(raw.get("lab", "")),
        )


class End(StrEnum):
    """How a run ended for the jail. The runner turns `FINISHED` into passed, failed_checks or ran."""

    FINISHED = "finished"
    ERROR = "error"
    TIMED_OUT = "timed_out"
    OVER_LIMIT = "over_limit"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The warden's last line of a run. `reason` is a sentence for the learner; empty for `FINISHED`.
    `lateness` is how busy the machine was: `worst`, `total` (s) and `pressure` (a share, or None); empty
    where the supervisor could not say.
    """

    outcome: End
    reason: str = ""
    lateness: dict[str, float | None] = field(default_factory=dict)
