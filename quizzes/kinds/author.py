"""What an author wrote about one question, taken apart, with the line of every piece and a place for problems."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from authoring.fields import Fields
from authoring.problems import Problems
from quizzes.kinds.arithmetic import Unclear, exact
from quizzes.kinds.variants import TOKEN, Expressions

Render = Callable[[str, int], str]
"""Markdown and the line where it begins, to safe HTML."""

_PARAGRAPH = re.compile(r"\s*<p>((?:(?!</?p\b).)*)</p>\s*", re.DOTALL)
_TASK = re.compile(r"[-*] +\[(?P<mark>.?)\](?: +(?P<text>.*))?$")
_NUMBERED = re.compile(r"\d+[.)] +(?P<text>.*)$")
_QUOTE = re.compile(r"\s+> ?(?P<text>.*)$")
_TABLE = re.compile(r"\s*(?<!\{)\{(?P<table>[^{}]*=[^{}]*)\}\s*$")


@dataclass(frozen=True)
class Piece:
    """Some text and the line where it begins. Expressions in it are tokens already."""

    text: str
    line: int


@dataclass(frozen=True)
class Entry:
    """One entry of the list under the stem; `key` is the author's `[x]`, `last` pins it to the end."""

    text: str
    line: int
    key: bool = False
    last: bool = False
    feedback: Piece | None = None


@dataclass
class Author:
    """One question as it was written. `fields` reads its TOML block; `render` makes HTML of Markdown."""

    file: str
    id: str
    line: int
    problems: Problems
    fields: Fields
    expressions: Expressions
    render: Render
    stem: Piece
    list_line: int
    entries: list[Entry] = field(default_factory=list)
    sections: dict[str, list[Piece]] = field(default_factory=dict)

    def problem(self, line: int, what: str, mend: str) -> None:
        """Note what is wrong and how to mend it, in the author's own words."""
        self.problems.add(self.file, line, self.expressions.unmark(what), mend)

    def block(self, piece: Piece) -> str:
        """Markdown of any length as HTML."""
        return self.render(piece.text, piece.line)

    def inline(self, text: str, line: int) -> str:
        """One paragraph of Markdown as HTML without the paragraph around it, fit for a label."""
        html = self.render(text, line)
        match = _PARAGRAPH.fullmatch(html)
        if match is None:
            self.problem(line, "this entry is more than one paragraph of text", "put listings and lists into the stem")
            return html
        return match.group(1)

    def feedback(self, entry: Entry, *, required: bool = True) -> str:
        """The feedback beneath an entry as HTML; an entry without it is a problem."""
        if entry.feedback is None or not entry.feedback.text.strip():
            if required:
                self.problem(
                    entry.line, "this entry has no feedback", "write it beneath as a blockquote: `  > Because …`"
                )
            return ""
        return self.render(entry.feedback.text, entry.feedback.line)

    def number(self, key: str, *, default: str | None = None) -> str:
        """A number of the TOML block, or an expression as a token; "0" and a problem where it is neither."""
        self.fields.asked.add(key)
        value = self.fields.table.get(key)
        mend = f'write {key} = 12.5, or {key} = "{{{{ n * 2 }}}}" with parameters'
        if value is None:
            if default is None:
                self.fields.refuse(key, f'"{key}" is missing', mend)
            return default or "0"
        if isinstance(value, str) and TOKEN.fullmatch(value.strip()):
            return value.strip()
        try:
            if isinstance(value, bool):
                raise Unclear("it is true or false")
            return str(exact(value) and value)
        except Unclear:
            self.fields.refuse(key, f'"{key}" is not a number', mend)
            return "0"

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false of the TOML block."""
        self.fields.asked.add(key)
        value = self.fields.table.get(key, default)
        if not isinstance(value, bool):
            self.fields.refuse(key, f'"{key}" is neither true nor false', f"write {key} = {str(default).lower()}")
            return default
        return value

    def tells_apart(self, texts: Iterable[str]) -> None:
        """Two entries that say the same are a problem."""
        seen: set[str] = set()
        for entry, text in zip(self.entries, texts, strict=True):
            if text in seen:
                self.problem(entry.line, f'two entries are "{text}"', "make each entry say something else")
            seen.add(text)


def is_entry(raw: str, form: str) -> bool:
    """Whether a line begins an entry of a list of this form (`task` or `numbered`)."""
    return bool({"task": _TASK, "numbered": _NUMBERED}[form].match(raw)) if form != "none" else False


def read_entries(lines: list[tuple[int, str]], form: str, report: Callable[[int, str, str], None]) -> list[Entry]:
    """The entries of a list; lines are (number, text). What is no entry, text of one or feedback is reported."""
    found: list[dict[str, Any]] = []
    for number, raw in lines:
        if is_entry(raw, form):
            found.append(_begun(number, raw, form, report))
        elif not raw.strip():
            continue
        elif not found or not raw[0].isspace():
            report(number, "this line belongs to no entry", "indent it, or put it into the stem or under a ### heading")
        elif quote := _QUOTE.match(raw):
            found[-1]["quotes"].append((number, quote["text"]))
        elif found[-1]["quotes"]:
            report(number, "this line follows the feedback", "begin it with `> `, or put it before the feedback")
        else:
            found[-1]["text"] += " " + raw.strip()
    return [_finished(entry, report) for entry in found]


def _begun(number: int, raw: str, form: str, report: Callable[[int, str, str], None]) -> dict[str, Any]:
    match = (_TASK if form == "task" else _NUMBERED).match(raw)
    groups = match.groupdict() if match else {}
    if (mark := groups.get("mark", " ")) not in (" ", "x", "X"):
        report(number, f'"[{mark}]" is no mark', "write [x] for a right entry and [ ] for any other")
    return {"line": number, "text": groups.get("text") or "", "key": mark in ("x", "X"), "quotes": []}


def _finished(entry: dict[str, Any], report: Callable[[int, str, str], None]) -> Entry:
    text, line, last = entry["text"].strip(), entry["line"], False
    if match := _TABLE.search(text):
        last = _pinned(match["table"], line, report)
        text = text[: match.start()].strip()
    if not text:
        report(line, "this entry is empty", "write its text behind the mark")
    quotes = entry["quotes"]
    feedback = Piece("\n".join(quote for _, quote in quotes), quotes[0][0]) if quotes else None
    return Entry(text, line, entry["key"], last, feedback)


def _pinned(table: str, line: int, report: Callable[[int, str, str], None]) -> bool:
    mend = "write { last = true } at the end of the entry"
    try:
        options = tomllib.loads(f"options = {{{table}}}")["options"]
    except tomllib.TOMLDecodeError:
        report(line, f'"{{{table}}}" cannot be read', mend)
        return False
    for key in options:
        if key != "last" or not isinstance(options[key], bool):
            report(line, f'an entry has no option "{key}" with this value', mend)
    return options.get("last") is True
