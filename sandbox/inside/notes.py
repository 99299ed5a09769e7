"""What a lane tells the supervisor, made plain, and what of it cannot be true. Pure: nothing here can be made to raise.

A note is a stranger's: any program of a lane can write any bytes to the lane's line. `read` returns only what the rest of
the supervisor may rely on; `doubt` says why a note that is well made cannot be what happened.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from sandbox.lines import TASK, clean
from sandbox.protocol import Kind

LONGEST_TASK, LONGEST_NAME = 128, 300
MOST_ATTEMPTS = 1_000_000
AHEAD, BEFORE = 0.5, 0.1
"""Seconds by which a sender's time may lie after ours, or before its process began."""
QUESTIONS = frozenset({"wait", "quiet", "command"})
_WORKERS = ("celery-worker", "rq-worker", "scheduler")
_OF_WORKERS = (
    Kind.TASK_RECEIVED,
    Kind.TASK_STARTED,
    Kind.TASK_ACKED,
    Kind.TASK_RETRIED,
    Kind.TASK_SUCCEEDED,
    Kind.TASK_FAILED,
    Kind.TASK_REJECTED,
    Kind.TASK_REVOKED,
    Kind.TASK_DISCARDED,
)
_OF_WEB = (
    Kind.REQUEST_STARTED,
    Kind.RESPONSE_SENT,
    Kind.BACKGROUND_STARTED,
    Kind.BACKGROUND_ENDED,
    Kind.BACKGROUND_FAILED,
)
MADE_BY = {
    **dict.fromkeys(_OF_WORKERS, _WORKERS),
    **dict.fromkeys(_OF_WEB, ("uvicorn",)),
    Kind.SCHEDULE_FIRED: ("beat", "scheduler"),
    Kind.STUB_CALLED: ("stub",),
    Kind.PROBE: ("probe",),
}
"""Which kinds of process do such a thing, each only after it said that it is ready. Sending and marking are anybody's, and may
come before that, from a module's import."""
_NOT_PLAIN = re.compile(r"[^!-~]")


def read(raw: bytes) -> dict[str, Any] | None:
    """A note or a question with only known keys of known types, None for what is neither."""
    try:
        found = json.loads(raw, parse_constant=str)
    except (ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(found, dict):
        return None
    return _question(found) if "ask" in found else _note(found)


def doubt(note: dict[str, Any], *, process: str, is_up: bool, born: float, now: float) -> str | None:
    """Why this cannot have happened in a lane with this kind of process, None if it can. Times are monotonic seconds."""
    if "lane" in note:
        return "told in another lane's name"
    makers = MADE_BY.get(note["kind"])
    if makers and process not in makers:
        return f"not what a process of the kind {process} does"
    if makers and not is_up:
        return "said before the lane was up"
    at = note.get("at")
    if at is not None and at > now + AHEAD:
        return "dated in the future"
    if at is not None and at < born - BEFORE:
        return "dated before its process began"
    return None


def _note(found: dict[str, Any]) -> dict[str, Any] | None:
    kind = found.get("kind")
    if not isinstance(kind, str):
        return None
    note: dict[str, Any] = {"kind": kind[:40]}
    if "lane" in found:
        note["lane"] = True  # no instrument says so: the descriptor tells whose note it is
    if isinstance(task := found.get("task"), str) and task:
        note["task"] = task if TASK.match(task) else _NOT_PLAIN.sub("?", task)[:LONGEST_TASK]
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
    note["data"].pop("forged", None)  # what is not believed, and which start of a task an event belongs to,
    if note["kind"].startswith("task-"):  # are the supervisor's to say
        note["data"].pop("run", None)
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
    for key in ("event", "action", "target"):
        if isinstance(found.get(key), str):
            question[key] = found[key][:100]
    for key in ("match", "options"):
        if isinstance(found.get(key), dict):
            question[key] = clean(found[key])
    return question


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
