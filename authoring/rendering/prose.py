"""Finds problems in prose. Markdown refuses nothing, so nobody would notice them otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence

from authoring.lines import Fence, Line
from authoring.problems import Problems, nearest
from authoring.rendering.sanitise import RAW_TAGS

CALLOUTS = ("note", "pitfall", "rule", "claim")

_CALLOUT = re.compile(r'\s*!!!\s*(?P<kind>[^\s"]*)(?P<rest>.*)\Z')
_TITLE = re.compile(r' +"[^"]*(?:"[^"]*)*" *\Z')
_TAB = re.compile(r"\s*===[+!]* +(?P<rest>[^=\s].*)\Z")
_H1 = re.compile(r"#(?!#)\s+\S")
_SETEXT_H1 = re.compile(r"[ \t]*=+\s*\Z")
_SETEXT_H2 = re.compile(r"[ \t]*-+\s*\Z")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)]) ")
NO_HEADING = (
    "this # begins no heading",
    "write one space after the last #, or \\# where no heading is meant",
)
"""What is wrong and the fix; also for readers that look for headings themselves."""
_GLUED = re.compile(r"(?: {0,3}> ?)* {0,3}#{1,6}[^\s#]|[ \u00a0\u3000]{0,3}\uff03|#{1,6}[^\S \t]")
_INDENTED = re.compile(r"[ \t]+#{1,6} ")
_NESTED = re.compile(r"[ \t]*(?:(?:>|[-*+] |\d+[.)] )[ \t]*)+#{1,6} ")
VERDICT = re.compile(r"(Half true|True|False|Only with [^.,;:]{1,60}|Only with)(?=[\s.,;:]|\Z)")
"""How the text of a claim begins."""
_DEEP = re.compile(r"#{5,}\s")
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]*)(?=[\s/>])[^<>]*>")
_NOTE = re.compile(r"\[\^([^\]\n]+)\](:?)")
_DELIMITER = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*\Z")


def check(items: Sequence[Line | Fence], file: str, problems: Problems, *, trusted: bool) -> None:
    """Look through the lines of prose; code spans are blanked out already."""
    lines = [item for item in items if isinstance(item, Line)]
    for before, line, after in zip([None, *lines], lines, [*lines[1:], None], strict=False):
        _check_heading(before, line, file, problems)
        _check_callout(line, after, items, file, problems)
        if (tab := _TAB.match(line.raw)) and not re.fullmatch(r'"[^"]+" *', tab["rest"]):
            problems.add(file, line.number, "the tab has no title in quotes", 'write === "Title"')
        if trusted:
            _check_tags(line, file, problems)
    if trusted:
        _check_comments(lines, file, problems)
    _check_footnotes(lines, file, problems)
    _check_tables(lines, file, problems)


def _check_heading(before: Line | None, line: Line, file: str, problems: Problems) -> None:
    follows_text = before is not None and before.number == line.number - 1 and bool(before.raw.strip())
    underlined = follows_text and _SETEXT_H1.match(line.raw) is not None
    if follows_text and _SETEXT_H2.match(line.raw) and not (before and _ITEM.match(before.raw)):
        fix = "write ## before its words, or leave a line empty before a rule"
        problems.add(file, line.number, "the line above becomes a heading", fix)
    if _GLUED.match(line.raw):
        problems.add(file, line.number, *NO_HEADING)
    outside = "begin its line with #, outside callouts, tabs, lists and quotations"
    if _INDENTED.match(line.raw):
        problems.add(file, line.number, "a heading is indented", outside)
    elif _NESTED.match(line.raw):
        problems.add(file, line.number, "a heading is in a list or a quotation", outside)
    if _H1.match(line.raw) or underlined:
        problems.add(
            file,
            line.number,
            "a heading of the first level",
            "begin headings with ##: the title is the first",
        )
    if _DEEP.match(line.raw):
        problems.add(file, line.number, "a heading below the fourth level", "use ##, ### or ####")


def _check_callout(
    line: Line, after: Line | None, items: Sequence[Line | Fence], file: str, problems: Problems
) -> None:
    if not (head := _CALLOUT.match(line.raw)):
        return
    kind, rest = head["kind"], head["rest"]
    if kind not in CALLOUTS:
        problems.add(file, line.number, f'there is no callout "{kind}"', nearest(kind, CALLOUTS))
        return
    if rest.strip() and not _TITLE.match(rest):
        problems.add(
            file, line.number, f"the callout's title cannot be read: {rest.strip()}", 'write !!! note "Title"'
        )
    if kind == "claim" and not rest.strip().strip('"'):
        problems.add(
            file, line.number, "a claim needs the words that one meets", 'write !!! claim "what is said"'
        )
    indent = len(line.raw) - len(line.raw.lstrip())
    fences = {item.line: item.indent for item in items if isinstance(item, Fence)}
    below = after.raw if after and after.number == line.number + 1 else fences.get(line.number + 1, "") + "x"
    if line.number + 1 not in fences and (after is None or after.number != line.number + 1):
        below = ""
    if not below.strip() or len(below) - len(below.lstrip()) < indent + 4:
        fix = "write its text on the next line, indented by four spaces"
        problems.add(file, line.number, f"the {kind} has no text", fix)
    elif kind == "claim" and not VERDICT.match(below.lstrip()):
        fix = "begin its text with True, Half true, False or Only with ..."
        problems.add(file, line.number + 1, "the claim has no verdict", fix)


def _check_tags(line: Line, file: str, problems: Problems) -> None:
    for tag in _TAG.findall(line.text):
        if tag.lower() not in RAW_TAGS:
            fix = f"use Markdown; HTML is kept to {', '.join(sorted(RAW_TAGS))}"
            problems.add(file, line.number, f"the HTML tag <{tag}> is not allowed", fix)


def _check_comments(lines: Sequence[Line], file: str, problems: Problems) -> None:
    """A comment that does not end hides the rest of the text."""
    opened = 0
    for line in lines:
        for mark in re.findall("<!--|-->", line.text):
            opened = (opened or line.number) if mark == "<!--" else 0
    if opened:
        problems.add(file, opened, "this comment does not end", "close it with -->")


def _check_footnotes(lines: Sequence[Line], file: str, problems: Problems) -> None:
    defined_before: set[str] = set()
    used: dict[str, int] = {}
    defined: dict[str, int] = {}
    for line in lines:
        for note in _NOTE.finditer(line.text):
            at_start = not line.text[: note.start()].strip()
            if note[2] and at_start:
                if note[1] in defined_before:
                    what = f"the footnote [^{note[1]}] is written twice"
                    problems.add(file, line.number, what, "give each note a name of its own")
                defined_before.add(note[1])
            (defined if note[2] and at_start else used).setdefault(note[1], line.number)
    for name, number in used.items():
        if name not in defined:
            problems.add(
                file, number, f"the footnote [^{name}] is not written", f"add a line [^{name}]: text"
            )
    for name, number in defined.items():
        if name not in used:
            problems.add(
                file, number, f"nothing points to the footnote [^{name}]", f"write [^{name}] in the text"
            )


def _cells(row: str) -> int:
    return row.strip().removeprefix("|").removesuffix("|").replace(r"\|", "").count("|") + 1


def _check_tables(lines: Sequence[Line], file: str, problems: Problems) -> None:
    for index, line in enumerate(lines[1:], start=1):
        head = lines[index - 1]
        if "|" not in line.raw or not _DELIMITER.match(line.raw) or "|" not in head.text:
            continue
        width = _cells(head.text)
        if _cells(line.text) != width:
            problems.add(
                file,
                line.number,
                f"the line under the table's head has {_cells(line.text)} cells",
                f"write {width}",
            )
        for row in lines[index + 1 :]:
            if "|" not in row.text:
                break
            if _cells(row.text) != width:
                fix = f"write {width}, as in its head; a bar inside a cell is \\|"
                problems.add(file, row.number, f"this row of the table has {_cells(row.text)} cells", fix)
