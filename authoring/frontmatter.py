"""TOML between two `+++` lines at the head of a file, with the line of every error."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from authoring.problems import Problems
from authoring.text_files import odd_characters

FENCE = "+++"
_AT = re.compile(r" \(at line (\d+), column \d+\)$")
_AT_END = re.compile(r" \(at end of document\)$")


def parse(text: str, file: str, problems: Problems, *, first_line: int = 1) -> dict[str, Any] | None:
    """Read TOML whose first line is line `first_line` of its file; None when it is not TOML."""
    try:
        table = tomllib.loads(text)
        for key, value in table.items():
            if odd := odd_characters({key: value}):
                line = first_line + line_of(text, key) - 1
                problems.add(file, line, f'"{key}" holds {odd}', "remove its escape")
                return None
        return table
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        line = first_line + text.count("\n")
        if at := _AT.search(message):
            line = first_line + int(at[1]) - 1
        what = _AT_END.sub(" at the end", _AT.sub("", message))
        problems.add(file, line, f"this is not TOML: {what}", "quote texts, and write lists as [a, b]")
        return None


def split(text: str, file: str, problems: Problems) -> tuple[dict[str, Any], str, int]:
    """Take a file apart: (front matter, body, line number of the body's first line).

    Where the front matter cannot be read, a problem is added and the dictionary is empty.
    """
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    first = next((number for number, line in enumerate(lines, start=1) if line.strip()), 0)
    if not first or lines[first - 1].strip() != FENCE:
        problems.add(
            file, 1, "there is no front matter", "begin the file with a line +++, TOML, and a line +++"
        )
        return {}, text, 1
    if first > 1 or lines[0].rstrip() != FENCE:  # read all the same: what it says is no second problem
        fix = "remove what stands before +++: it is the first line of the file"
        problems.add(file, 1, "there is space before the front matter", fix)
    for number, line in enumerate(lines[first:], start=first + 1):
        if line.rstrip() == FENCE:
            table = parse("".join(lines[first : number - 1]), file, problems, first_line=first + 1)
            return table or {}, "".join(lines[number:]), number + 1
    problems.add(file, first, "the front matter does not end", "close it with a line +++")
    return {}, "", len(lines) + 1


def line_of(text: str, key: str, *, after: int = 1) -> int:
    """The line where a key is set, searched from line `after`; that line itself when the key is not there."""
    setting = re.compile(rf"""\s*(?:\[\[?\s*)?["']?{re.escape(key)}["']?\s*(?:=|\]|\.)""")
    for number, line in enumerate(text.splitlines(), start=1):
        if number >= after and setting.match(line):
            return number
    return after
