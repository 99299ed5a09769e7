"""Reads content files: bytes become text, or problems with their line. Every room reads its content files
here.

What a check accepts must also load into any database and keep its line numbers on the way, so characters that
a database refuses or that end a line for one program and not for another are problems here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from authoring.problems import Problems

LARGEST = 1 << 20
"""Bytes of one file."""

_LEFTOVER = re.compile(r"\.|#.*#\Z|.*~\Z|.*\.(?:swp|swo|swx|orig|rej|bak|tmp)\Z", re.IGNORECASE)
_LINE_ENDS = {
    "\r": "a carriage return without a line feed",
    "\v": "a vertical tab",
    "\f": "a form feed",
    "\x1c": "a file separator",
    "\x1d": "a group separator",
    "\x1e": "a record separator",
    "\x85": "a next-line character (U+0085)",
    "\u2028": "a line separator (U+2028)",
    "\u2029": "a paragraph separator (U+2029)",
}
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")


def is_leftover(name: str) -> bool:
    """Whether an editor or a system left a file of this name: `.#x.md`, `x.md~`, `#x.md#`, `.x.swp`."""
    return _LEFTOVER.match(name) is not None


def paths(folder: Path, suffix: str, base: Path, problems: Problems) -> Iterator[Path]:
    """Yield the content files of a folder whose names end with the suffix, in order. A folder or anything
    else with such a name is reported; leftovers of editors are left out. `base` is the content folder.
    """
    for path in sorted(folder.glob(f"*{suffix}")):
        if is_leftover(path.name):
            continue
        if path.is_file():
            yield path
        else:
            file = path.relative_to(base).as_posix()
            what = "this is a folder" if path.is_dir() else "this is not a file that can be read"
            problems.add(file, 1, what, f"keep files alone under names that end in {suffix}")


def read(path: Path, file: str, problems: Problems, *, largest: int = LARGEST) -> str | None:
    """The text of a file, without byte order mark, with a line feed at the end of each line. If it cannot be
    read: None, and the problem is reported. `file` is its name in problems.
    """
    try:
        if path.exists() and not path.is_file():  # reading a pipe would wait for ever
            problems.add(file, 1, "this is not a file", "put a file there")
            return None
        size = path.stat().st_size
        if size > largest:
            problems.add(file, 1, f"the file has {size} bytes", f"keep it under {largest}")
            return None
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        problems.add(file, 1, f"the file cannot be read: {why}", "put it there, readable")
        return None
    return decode(raw, file, problems)


def decode(raw: bytes, file: str, problems: Problems) -> str | None:
    """The text of a file's bytes. If they are not UTF-8: None, and the problem is reported.

    An odd character is reported and replaced by a space.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        problems.add(file, 1, "this is UTF-16", "save the file as UTF-8")
        return None
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = raw[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        problems.add(file, before.count(b"\n") + 1, "this is not UTF-8", "save the file as UTF-8")
        return None
    odd = [
        (number, found[0]) for number, line in enumerate(text.split("\n"), 1) for found in _ODD.finditer(line)
    ]
    for number, sign in odd[:20]:
        problems.add(file, number, f"the line holds {_name(sign)}", "remove it")
    return _ODD.sub(" ", text)  # so that its other problems are found too, on their own lines


def odd_characters(value: Any) -> str:
    """What a value of TOML or JSON holds that no file may hold, in words: `"\\u0000"` is an escape that a
    database refuses. "" where there is nothing.
    """
    if isinstance(value, str):
        found = _ODD.search(value)
        return _name(found[0]) if found else ""
    if isinstance(value, dict):
        return next((odd for item in (*value, *value.values()) if (odd := odd_characters(item))), "")
    if isinstance(value, list):
        return next((odd for item in value if (odd := odd_characters(item))), "")
    return ""


def _name(sign: str) -> str:
    if sign == "\0":
        return "a NUL character"
    if sign in _LINE_ENDS:
        return _LINE_ENDS[sign]
    sort = "a control character" if unicodedata.category(sign) == "Cc" else "a character that is not text"
    return f"{sort} (U+{ord(sign):04X})"
