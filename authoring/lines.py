"""Reads a Markdown text line by line and tells prose from code. Problems need line numbers, which the
Markdown library does not keep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_OPEN = re.compile(r"^(?P<indent>[ \t>]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of prose; `number` is its line in the file, `text` has its code spans blanked out."""

    number: int
    raw: str
    text: str


@dataclass(slots=True)
class Fence:
    """One fenced listing; `line` is that of its opening fence, `closed` says whether it ends before the file
    does.
    """

    line: int
    info: str
    indent: str
    code: list[str] = field(default_factory=list)
    mark: str = ""
    closed: bool = False
    last_line: int = 0


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def read(text: str, first_line: int = 1) -> Iterator[Line | Fence]:
    """Yield lines of prose and whole fences, in order."""
    fence: Fence | None = None
    closing = re.compile("")
    for number, raw in enumerate(text.splitlines(), start=first_line):
        if fence is not None:
            if closing.match(raw):
                fence.closed, fence.last_line = True, number
                yield fence
                fence = None
            else:
                fence.code.append(raw.removeprefix(fence.indent))
        elif opening := _OPEN.match(raw):
            mark = opening["fence"]
            fence = Fence(number, opening["info"].strip(), opening["indent"], mark=mark)
            closing = re.compile(rf"^[ \t>]*{re.escape(mark[0])}{{{len(mark)}}}[ \t]*$")
        else:
            yield Line(number, raw, _CODE_SPAN.sub(_blank, raw))
    if fence is not None:
        yield fence
