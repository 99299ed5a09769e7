"""Reading the lines of a jail, which the code of a run may have written: this is where they are validated.

`read` raises nothing but `Malformed`, whatever the bytes are. What it returns has only bounded, finite JSON
values without lone surrogates and without control characters but tab and newline. `event_text` writes a
validated event; no process after the warden changes that text.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import Any, NoReturn

from sandbox.protocol import JAIL_KINDS, LANE, End

LINE_FROM_JAIL = 64 << 10
"""Longest line that a jail may send, in bytes; a longer one ends the run."""

DEPTH, ITEMS, TEXT, KEY = 6, 200, 4096, 100
WHOLE = 2**53
LONGEST_TASK = 128
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")
ENDS = frozenset(End)


class Malformed(ValueError):
    """A line that is not one of the messages that a jail may send."""


def read(line: bytes) -> dict[str, Any]:
    """One message: `{"event": …}`, `{"end": {"outcome", "reason"}}`, `{"refused": text}`, `{"ready": {…}}` or
    `{"alive": 1}`.
    """
    if len(line) > LINE_FROM_JAIL:
        raise Malformed("too long")
    try:
        raw = json.loads(line.decode("utf-8", "strict"), parse_constant=_no_constant)
    except (ValueError, RecursionError, MemoryError) as error:  # nesting, and numbers of thousands of digits
        raise Malformed("not JSON") from error
    # One key only: a line with two could be read as one message here and as the other elsewhere.
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
    """Text without control characters (tab and newline stay), lone surrogates and what is beyond `longest`
    characters.
    """
    if len(text) <= longest and text.isascii() and text.isprintable():
        return text  # most texts; these two tests take a tenth of the substitution's time
    text = _CONTROL.sub("\ufffd", text[: longest + 1])
    return text if len(text) <= longest else text[: longest - 1] + "…"


def task_id(text: str) -> str:
    """An id as a trace has it: whole up to `LONGEST_TASK` characters, in any script.

    A longer one, or one with characters that a trace cannot have, keeps its beginning and ends with a number
    made of the whole, so that two ids never become one.
    """
    if len(text) <= LONGEST_TASK and text.isascii() and text.isprintable():
        return text  # nearly all ids
    if len(text) <= LONGEST_TASK and clean_text(text) == text and "\n" not in text and "\t" not in text:
        return text
    whole = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    beginning = clean_text(text[: LONGEST_TASK - 24]).replace("\n", " ").replace("\t", " ")
    return f"{beginning}…{whole}"


def clean(value: Any, depth: int = 0) -> Any:
    """A bounded copy of a JSON value; what is too deep, too long or not finite becomes a short text that says
    so.
    """
    # Comparing types, most frequent first: JSON makes no subclasses, and this is the warden's hottest
    # function.
    kind = type(value)
    if kind is str:
        return clean_text(value)
    if kind is int:
        return value if -WHOLE <= value <= WHOLE else "a number beyond 2**53"
    if kind is float:
        return value if math.isfinite(value) else "not a finite number"
    if kind is bool or value is None:
        return value
    if depth >= DEPTH:
        return "too deep"
    if kind is dict:
        items = value.items() if len(value) <= ITEMS else list(value.items())[:ITEMS]
        return {clean_text(str(key), KEY): clean(item, depth + 1) for key, item in items}
    if kind is list:
        return [clean(item, depth + 1) for item in value[:ITEMS]]
    return "not JSON"


def event_text(event: dict[str, Any]) -> bytes:
    """A validated event as JSON on one line, in UTF-8; this is the form in which a trace keeps it."""
    return json.dumps(event, ensure_ascii=False).encode()


def event_line(text: bytes) -> bytes:
    """The protocol's line for an event with this text."""
    return b'{"event": ' + text + b"}\n"


def _event(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise Malformed("the event is not an object")
    lane, kind, data = raw.get("lane"), raw.get("kind"), raw.get("data", {})
    if not isinstance(lane, str) or not LANE.match(lane):
        raise Malformed("the lane is not a name")
    if not isinstance(kind, str) or kind not in JAIL_KINDS:
        raise Malformed("the kind is not one that a jail may report")
    if not isinstance(data, dict):
        raise Malformed("the data is not an object")
    # A new object with known keys: `seq`, `t` or anything else that a jail adds does not get through.
    event: dict[str, Any] = {"lane": lane, "kind": kind}
    task, name, attempt = raw.get("task"), raw.get("name"), raw.get("attempt")
    if task is not None:
        if not isinstance(task, str) or not task or task != task_id(task):
            raise Malformed("the task is not an id")
        event["task"] = task
    if name is not None:
        if not isinstance(name, str):
            raise Malformed("the name is not a text")
        event["name"] = clean_text(name.replace("\n", " ").replace("\t", " "), 128)
    if attempt is not None:
        if not isinstance(attempt, int) or isinstance(attempt, bool) or not 1 <= attempt <= 1_000_000:
            raise Malformed("the attempt is not a count")
        event["attempt"] = attempt
    event["data"] = clean(data)
    return event


def _end(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict) or not isinstance(raw.get("outcome"), str) or raw["outcome"] not in ENDS:
        raise Malformed("the end is not one")
    return {
        "outcome": raw["outcome"],
        "reason": clean_text(str(raw.get("reason", "")), 600),
        "lateness": _lateness(raw.get("lateness")),
    }


def _lateness(raw: Any) -> dict[str, float | None]:
    """Numbers under known names, or nothing."""
    if not isinstance(raw, dict):
        return {}
    found = {name: raw.get(name) for name in ("worst", "total", "pressure")}
    are_numbers = all(
        value is None or (isinstance(value, int | float) and 0 <= value < 1e6) for value in found.values()
    )
    return found if are_numbers else {}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
