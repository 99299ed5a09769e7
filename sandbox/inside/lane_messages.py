"""Reading the messages of lanes: notes (what happened) and questions (of a driver). No input makes it raise.

Any program of a lane can write any bytes to the lane's channel. `read` returns only keys and types on which
the supervisor can rely; `doubt` says why a well-formed note cannot be true.
"""

from __future__ import annotations

import json
import math
from typing import Any

from sandbox.jail_lines import clean, task_id
from sandbox.process_kinds import CAUSED_BY, PROCESS_KINDS
from sandbox.protocol import Kind

LONGEST_NAME = 300
MOST_ATTEMPTS = 1_000_000
AHEAD, BEFORE = 0.5, 0.1
"""Seconds by which a note's time may be after the supervisor's clock, or before the process got its lane."""
EAGER = frozenset(
    {
        Kind.TASK_STARTED,
        Kind.TASK_SUCCEEDED,
        Kind.TASK_FAILED,
        Kind.TASK_RETRIED,
        Kind.TASK_REJECTED,
        Kind.TASK_IGNORED,
        Kind.TASK_REPLACED,
    }
)
"""What happens to a task that its caller executes itself, in any process that runs code of the lab."""
_decode = json.JSONDecoder(parse_constant=str).decode
QUESTIONS = frozenset({"wait", "quiet", "command", "hold", "release"})
ONLY_SUPERVISOR = {
    Kind.LANE_UP,
    Kind.LANE_DOWN,
    Kind.COMMAND,
    Kind.DROPPED,
    Kind.LOG,
    Kind.BROKER_SAMPLE,
    Kind.LATENESS,
    Kind.TASK_REDELIVERED,
}
FROM_LANES = {kind.value for kind in Kind if kind not in ONLY_SUPERVISOR and not kind.startswith("run-")} | {
    "task-sending"
}
"""Kinds that a lane's notes may have; only the supervisor writes the others."""


def read(raw: bytes) -> dict[str, Any] | None:
    """A note or a question with only known keys of known types; None for anything else."""
    try:
        found = _decode(raw.decode(json.detect_encoding(raw), "surrogatepass"))
    except (ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(found, dict):
        return None
    return _question(found) if "ask" in found else _note(found)


def doubt(note: dict[str, Any], *, process: str, is_up: bool, born: float, now: float) -> str | None:
    """Why a lane with this kind of process cannot have caused this note, None if it can. Times are monotonic
    seconds; `born` is when the lane's process was given its lane.
    """
    if "lane" in note:
        return "sent in another lane's name"
    causes = CAUSED_BY.get(note["kind"])
    if _is_of_other_kinds(note, process):
        causes = None
    if causes and process not in causes:
        return f"not what a process of the kind {process} does"
    if causes and not is_up:
        return "sent before the lane was up"
    # The clock is the same for all processes, but a note may be read later than it was sent.
    at = note.get("at")
    if at is not None and at > now + AHEAD:
        return "dated in the future"
    if at is not None and at < born - BEFORE:
        return "dated before its process began"
    return None


def _is_of_other_kinds(note: dict[str, Any], process: str) -> bool:
    """May a process of this kind cause what usually only others do? Any program may execute a task itself,
    and a worker with `-B` has beat in it.
    """
    kind, data = note["kind"], note["data"]
    if kind == Kind.SCHEDULE_FIRED:
        return process == "celery-worker" and data.get("embedded") is True
    return kind in EAGER and data.get("eager") is True and PROCESS_KINDS[process].runs_code


def _note(found: dict[str, Any]) -> dict[str, Any] | None:
    kind = found.get("kind")
    if not isinstance(kind, str):
        return None
    note: dict[str, Any] = {"kind": kind[:40]}
    if "lane" in found:
        # No instrument writes a lane: the descriptor says whose note it is. `doubt` refuses the note.
        note["lane"] = True
    if isinstance(task := found.get("task"), str) and task:
        note["task"] = task_id(task)
    if isinstance(name := found.get("name"), str):
        note["name"] = name[:LONGEST_NAME]
    if _is_count(attempt := found.get("attempt", 0)) and 1 <= int(attempt) <= MOST_ATTEMPTS:
        note["attempt"] = attempt
    if isinstance(at := found.get("at"), float) and math.isfinite(at):
        note["at"] = at
    for key in ("pid", "delivery"):
        if _is_count(found.get(key)):
            note[key] = found[key]
    if isinstance(sentence := found.get("sentence"), str):
        note["sentence"] = sentence[:500]
    data = clean(found.get("data"))
    note["data"] = data if isinstance(data, dict) else {}
    # Only the supervisor says what it doubts and which execution of a task an event belongs to.
    note["data"].pop("forged", None)
    if note["kind"].startswith("task-"):
        note["data"].pop("execution", None)
    return note


def _question(found: dict[str, Any]) -> dict[str, Any] | None:
    ask = found["ask"]
    if not isinstance(ask, str) or ask not in QUESTIONS:
        return None
    question: dict[str, Any] = {"ask": ask}
    for key in ("deadline", "settle"):
        value = found.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9:
            question[key] = float(value)
    for key in ("event", "action", "target", "path"):
        if isinstance(found.get(key), str):
            question[key] = found[key][:400]
    for key in ("match", "options"):
        if isinstance(found.get(key), dict):
            question[key] = clean(found[key])
    if isinstance(wanted := question.get("match", {}).get("task"), str):
        question["match"]["task"] = task_id(found["match"]["task"]) if wanted else wanted
    return question


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
