"""Reading what comes out of a jail: every line is a stranger's until it has passed here.

`read` never raises anything but `Malformed`, whatever the bytes. What it returns holds only plain, bounded, finite
JSON values that any UTF-8 encoder accepts and that keep no control character but tab and newline.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from sandbox.protocol import LANE, End, Kind

LINE_FROM_JAIL = 64 << 10
"""Longest line that a jail may send, in bytes; a longer one ends the run."""

DEPTH, ITEMS, TEXT, KEY = 6, 200, 4096, 100
WHOLE = 2**53
TASK = re.compile(r"[!-~]{1,128}\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")
KINDS = frozenset(kind.value for kind in Kind if not kind.startswith("run-"))
"""What a jail may speak of; `run-*` is the runner's to say."""
ENDS = frozenset(End)


class Malformed(ValueError):
    """A line from a jail that is not one of the sentences a jail may say."""


def read(line: bytes) -> dict[str, Any]:
    """One message: `{"event": …}`, `{"end": {"outcome", "reason"}}`, `{"refused": text}`, `{"ready": {…}}` or `{"alive": 1}`."""
    if len(line) > LINE_FROM_JAIL:
        raise Malformed("too long")
    try:
        raw = json.loads(line.decode("utf-8", "strict"), parse_constant=_no_constant)
    except (ValueError, RecursionError, MemoryError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(raw, dict) or len(raw) != 1:
        raise Malformed("not one message")
    ((key, value),) = raw.items()
    match key:
        case "event":
            return {"event": _event(value)}
        case "end":
            return {"end": _end(value)}
        case "refused":
            return {"refused": clean_text(str(value), 500)}
        case "ready":
            return {"ready": clean(value)}
        case "alive":
            return {"alive": 1}
    raise Malformed("unknown message")


def clean_text(text: str, longest: int = TEXT) -> str:
    """Text without control characters (tab and newline stay), lone surrogates and what is beyond `longest` characters."""
    text = _CONTROL.sub("\ufffd", text[: longest + 1])
    return text if len(text) <= longest else text[: longest - 1] + "…"


def clean(value: Any, depth: int = 0) -> Any:
    """A bounded copy of a JSON value; what is too deep, too long or not finite becomes a short text that says so."""
    match value:
        case None | bool():
            return value
        case int():
            return value if abs(value) <= WHOLE else "a number beyond 2**53"
        case float():
            return value if math.isfinite(value) else "not a finite number"
        case str():
            return clean_text(value)
        case dict() if depth < DEPTH:
            return {clean_text(str(key), KEY): clean(item, depth + 1) for key, item in list(value.items())[:ITEMS]}
        case list() if depth < DEPTH:
            return [clean(item, depth + 1) for item in value[:ITEMS]]
    return "too deep"


def _event(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise Malformed("an event that is no object")
    lane, kind, data = raw.get("lane"), raw.get("kind"), raw.get("data", {})
    if not isinstance(lane, str) or not LANE.match(lane):
        raise Malformed("a lane that is none")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Malformed("a kind that is none of a jail's")
    if not isinstance(data, dict):
        raise Malformed("data that is no object")
    event: dict[str, Any] = {"lane": lane, "kind": kind}
    task, name, attempt = raw.get("task"), raw.get("name"), raw.get("attempt")
    if task is not None:
        if not isinstance(task, str) or not TASK.match(task):
            raise Malformed("a task id that is none")
        event["task"] = task
    if name is not None:
        if not isinstance(name, str):
            raise Malformed("a name that is no text")
        event["name"] = clean_text(name.replace("\n", " ").replace("\t", " "), 128)
    if attempt is not None:
        if not isinstance(attempt, int) or isinstance(attempt, bool) or not 1 <= attempt <= 1_000_000:
            raise Malformed("an attempt that is no count")
        event["attempt"] = attempt
    event["data"] = clean(data)
    return event


def _end(raw: Any) -> dict[str, str]:
    if not isinstance(raw, dict) or not isinstance(raw.get("outcome"), str) or raw["outcome"] not in ENDS:
        raise Malformed("an end that is none")
    return {"outcome": raw["outcome"], "reason": clean_text(str(raw.get("reason", "")), 600)}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
