"""The text of one question in pieces, each with its line, and the problems that are found in it."""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from authoring import lines
from authoring.fields import Fields
from authoring.problems import Problems
from quizzes.grammar.arithmetic import Unclear, exact
from quizzes.grammar.variants import TOKEN, Expressions

Render = Callable[[str, int], str]
"""Markdown and the line where it begins, to safe HTML."""

_PARAGRAPH = re.compile(r"\s*<p>((?:(?!</?p\b).)*)</p>\s*", re.DOTALL)
_CAPTION = re.compile(r"<figcaption>.*?</figcaption>", re.DOTALL)
_FOCUSED = re.compile(r' tabindex="0" role="group" aria-label="[^"]*"')
_TASK = re.compile(r"[-*] +\[(?P<mark>.?)\](?: +(?P<text>.*))?$")
_NUMBERED = re.compile(r"(?P<number>\d+)[.)] +(?P<text>.*)$")
_QUOTE = re.compile(r"\s+> ?(?P<text>.*)$")
_BLOCKS = re.compile(r"\n[ \t]*(?:\n|[-*+] |\d+[.)] |`{3}|~{3}|\||>|#|!!!|===)|^(?:`{3}|~{3}|\|)")
"""What makes an entry more than one paragraph of text."""
_TABLE = re.compile(r"\s*(?<!\{)\{(?P<table>[^{}]*=[^{}]*)\}\s*$")


@dataclass(frozen=True)
class Piece:
    """Some text and the line where it begins. Expressions in it are tokens already."""

    text: str
    line: int


@dataclass(frozen=True)
class Entry:
    """One entry of the list under the stem; `key` is the author's `[x]`, `last` pins it to the end, `number`
    is the author's `1.`, "" in a task list.

    `text` is one line, or Markdown of several lines where the entry holds blocks.
    """

    text: str
    line: int
    key: bool = False
    last: bool = False
    feedback: Piece | None = None
    number: str = ""


@dataclass
class AuthoredQuestion:
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

    def problem(self, line: int, what: str, fix: str) -> None:
        """Note what is wrong and how to fix it, in the author's own words."""
        self.problems.add(self.file, line, self.expressions.take_tokens_out(what), fix)

    def block(self, piece: Piece) -> str:
        """Markdown of any length as HTML."""
        return self.render(piece.text, piece.line)

    def inline(self, text: str, line: int) -> str:
        """Markdown as HTML fit for a label: one paragraph comes without the paragraph around it; of a listing
        only the code is left, since a label holds no button.
        """
        html = self.render(text, line)
        match = _PARAGRAPH.fullmatch(html)
        return match.group(1) if match else _FOCUSED.sub("", _CAPTION.sub("", html))

    def one_line(self, entry: Entry) -> str:
        """The text of an entry whose text is a value and not prose. More than one line is reported."""
        if "\n" in entry.text:
            self.problem(
                entry.line, "this entry is more than one line", "write the answer on the entry's line"
            )
        return entry.text

    def feedback(self, entry: Entry, *, required: bool = True) -> str:
        """The feedback under an entry as HTML. If it is `required` and missing, that is reported."""
        if entry.feedback is None or not entry.feedback.text.strip():
            if required:
                self.problem(
                    entry.line,
                    "this entry has no feedback",
                    "write it beneath as a blockquote: `  > Because …`",
                )
            return ""
        return self.render(entry.feedback.text, entry.feedback.line)

    def number(self, key: str, *, default: str | None = None) -> str:
        """A number of the TOML block, or an expression's token. Anything else is reported and gives "0"."""
        self.fields.asked.add(key)
        value = self.fields.table.get(key)
        fix = f'write {key} = 12.5, or {key} = "{{{{ n * 2 }}}}" with parameters'
        if value is None:
            if default is None:
                self.fields.refuse(key, f'"{key}" is missing', fix)
            return default or "0"
        if isinstance(value, str) and TOKEN.fullmatch(value.strip()):
            return value.strip()
        try:
            if isinstance(value, bool):
                raise Unclear("it is true or false")
            exact(value)  # only to refuse what is not a number; the text is kept as it was written
            return str(value)
        except Unclear:
            self.fields.refuse(key, f'"{key}" is not a number', fix)
            return "0"

    def flag(self, key: str, *, default: bool) -> bool:
        """The flag of this key in the TOML block; `default` if it is missing. Anything but true or false is
        reported.
        """
        self.fields.asked.add(key)
        value = self.fields.table.get(key, default)
        if not isinstance(value, bool):
            self.fields.refuse(
                key, f'"{key}" is neither true nor false', f"write {key} = {str(default).lower()}"
            )
            return default
        return value

    def tells_apart(self, texts: Iterable[str]) -> None:
        """Report each entry whose text repeats that of an earlier entry."""
        seen: set[str] = set()
        for entry, text in zip(self.entries, texts, strict=True):
            if text in seen:
                self.problem(entry.line, f'two entries are "{text}"', "make each entry say something else")
            seen.add(text)


def is_entry(raw: str, form: str) -> bool:
    """Whether a line begins an entry of a list of this form (`task` or `numbered`)."""
    return bool({"task": _TASK, "numbered": _NUMBERED}[form].match(raw)) if form != "none" else False


def read_entries(
    listed: list[tuple[int, str]], form: str, report: Callable[[int, str, str], None]
) -> list[Entry]:
    """Read the entries of a list; `listed` are pairs of line number and text. A line that belongs neither to
    an entry nor to its feedback is reported.
    """
    found: list[dict[str, Any]] = []
    code = _code_lines(listed)
    for number, raw in listed:
        if number in code:
            if found and not found[-1]["quotes"]:
                found[-1]["lines"].append(raw)
            else:
                report(
                    number, "this listing belongs to no entry", "put it before the feedback, or into the stem"
                )
                break
        elif is_entry(raw, form):
            found.append(_begun(number, raw, form, report))
        elif not raw.strip():
            if found and not found[-1]["quotes"]:
                found[-1]["lines"].append("")
        elif not found or not raw[0].isspace():
            report(
                number,
                "this line belongs to no entry",
                "indent it, or put it into the stem or under a ### heading",
            )
        elif quote := _QUOTE.match(raw):
            found[-1]["quotes"].append((number, quote["text"]))
        elif found[-1]["quotes"]:
            report(
                number, "this line follows the feedback", "begin it with `> `, or put it before the feedback"
            )
        else:
            found[-1]["lines"].append(raw)
    return [_finished(entry, report) for entry in found]


def _code_lines(listed: list[tuple[int, str]]) -> set[int]:
    """The numbers of lines inside listings, except listings in quotations."""
    found: set[int] = set()
    first = listed[0][0] if listed else 1
    for item in lines.read("\n".join(raw for _, raw in listed), first):
        if isinstance(item, lines.Fence) and ">" not in item.indent:
            found |= set(range(item.line, (item.last_line or listed[-1][0]) + 1))
    return found


def _begun(number: int, raw: str, form: str, report: Callable[[int, str, str], None]) -> dict[str, Any]:
    match = (_TASK if form == "task" else _NUMBERED).match(raw)
    groups = match.groupdict() if match else {}
    if (mark := groups.get("mark", " ")) not in (" ", "x", "X"):
        report(number, f'"[{mark}]" is no mark', "write [x] for a right entry and [ ] for any other")
    text = groups.get("text") or ""
    begun: dict[str, Any] = {
        "line": number,
        "text": text,
        "key": mark in ("x", "X"),
        "lines": [],
        "quotes": [],
    }
    return begun | {"number": groups.get("number") or ""}


def _finished(entry: dict[str, Any], report: Callable[[int, str, str], None]) -> Entry:
    line, last = entry["line"], False
    rows = [entry["text"].strip(), *textwrap.dedent("\n".join(entry["lines"])).rstrip().split("\n")]
    while len(rows) > 1 and not rows[-1]:
        rows.pop()
    for place in sorted({0, len(rows) - 1}):
        if match := _TABLE.search(rows[place]):
            last = _pinned(match["table"], line, report) or last
            rows[place] = rows[place][: match.start()].rstrip()
    text = "\n".join(rows).strip("\n")
    if not text.strip():
        report(line, "this entry is empty", "write its text behind the mark")
    elif not _BLOCKS.search(text):
        text = " ".join(row.strip() for row in rows if row.strip())
    quotes = entry["quotes"]
    feedback = Piece("\n".join(quote for _, quote in quotes), quotes[0][0]) if quotes else None
    return Entry(text, line if rows[0] else line + 1, entry["key"], last, feedback, entry["number"])


def _pinned(table: str, line: int, report: Callable[[int, str, str], None]) -> bool:
    fix = "write { last = true } at the end of the entry"
    try:
        options = tomllib.loads(f"options = {{{table}}}")["options"]
    except tomllib.TOMLDecodeError:
        report(line, f'"{{{table}}}" cannot be read', fix)
        return False
    for key in options:
        if key != "last" or not isinstance(options[key], bool):
            report(line, f'an entry has no option "{key}" with this value', fix)
    return options.get("last") is True
