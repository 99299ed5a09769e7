"""A text of entries, as in the glossary and in packs: `## <id>`, a fenced `toml` block, then Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from authoring import frontmatter, lines
from authoring.fields import SLUG, SLUG_FIX, Fields
from authoring.problems import Problems
from authoring.rendering.prose import NO_HEADING

_HEADING = re.compile(r"##(?!#)(?P<space>\s*)(?P<id>.*?)\s*\Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `line` is the line of its heading, `body` begins at `body_line`, `table` is its TOML.

    `table` is None if the TOML is missing or wrong; that was reported.
    """

    id: str
    line: int
    table: dict[str, Any] | None
    table_line: int
    toml: str
    body: str
    body_line: int

    def fields(self, file: str, problems: Problems) -> Fields:
        """A reader of the table that checks it."""

        def line_of(key: str) -> int:
            return self.table_line + frontmatter.line_of(self.toml, key) - 1

        return Fields(self.table or {}, file, problems, line_of)


def read(text: str, first_line: int, file: str, problems: Problems) -> list[Entry]:
    """Cut a text whose first line is line `first_line` of its file into entries."""
    source = text.splitlines()
    heads: list[tuple[int, str]] = []
    fences: dict[int, lines.Fence] = {}
    for item in lines.read(text, first_line):
        if isinstance(item, lines.Fence):
            fences[item.line] = item
        elif match := _HEADING.match(item.raw):
            heads.append((item.number, match["id"]))
            if match["space"] != " " and match["id"]:
                problems.add(file, item.number, *NO_HEADING)
        elif not heads and item.raw.strip():
            problems.add(
                file, item.number, "there is text before the first entry", "begin each entry with ## <id>"
            )
    entries: list[Entry] = []
    seen: set[str] = set()
    ends = [line for line, _ in [*heads[1:], (first_line + len(source), "")]][: len(heads)]
    for (line, ident), end in zip(heads, ends, strict=True):
        if not SLUG.match(ident):
            problems.add(file, line, f'"{ident}" is not an id', SLUG_FIX)
        elif ident in seen:
            problems.add(file, line, f'the id "{ident}" is used twice', "give each entry an id of its own")
        else:
            entries.append(
                _entry(ident, line, source[line - first_line + 1 : end - first_line], fences, file, problems)
            )
        seen.add(ident)
    return entries


def _entry(
    ident: str, line: int, source: list[str], fences: dict[int, lines.Fence], file: str, problems: Problems
) -> Entry:
    """The entry whose heading is on that line; `source` are the lines after it."""
    at = next((line + place for place, text in enumerate(source, start=1) if text.strip()), line)
    fence = fences.get(at)
    if fence is None or fence.info != "toml":
        problems.add(
            file, line, f'the entry "{ident}" has no toml block', "put ```toml on the line after its heading"
        )
        return Entry(ident, line, None, line, "", "\n".join(source), line + 1)
    toml = "\n".join(fence.code)
    table = frontmatter.parse(toml, file, problems, first_line=fence.line + 1)
    after = (fence.last_line or line + len(source)) + 1
    return Entry(ident, line, table, fence.line + 1, toml, "\n".join(source[after - line - 1 :]), after)
