"""Fenced listings: what their headers say, and which of them run in CI."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from authoring import lines
from authoring.code import highlighting
from authoring.problems import Problems, nearest

OPTIONS = ("title", "hl_lines", "exec", "noexec")
OUTPUT = "output"
_HEADER = re.compile(r'(?P<language>[\w#.+-]*)(?P<options>(?:[ \t]+[A-Za-z]\w*(?:="[^"]*")?)*)\s*\Z')
_OPTION = re.compile(r'([A-Za-z]\w*)(?:="([^"]*)")?')
_RANGE = re.compile(r"(\d+)(?:-(\d+))?\Z")
_EXPECTED = re.compile(r"expect-error: ([A-Za-z_][\w.]*)\Z")


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing that runs: its file and line, its code, and the result that it must have.

    `error` is the name of the exception that must end it, "" if none may. `output` is its standard output,
    None if the author states none.
    """

    file: str
    line: int
    title: str
    code: str
    error: str
    output: str | None


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a listing. `options` maps each option to its value, "" if it has no value."""

    language: str
    options: dict[str, str]


def header(info: str) -> Header | None:
    """Read a fence's header; None when it cannot be read."""
    match = _HEADER.match(info)
    if match is None:
        return None
    return Header(match["language"], dict(_OPTION.findall(match["options"])))


def highlighted(option: str) -> set[int]:
    """The numbers of `hl_lines="1 3-5"`; raises ValueError when it cannot be read."""
    numbers: set[int] = set()
    for word in option.split():
        match = _RANGE.match(word)
        if match is None:
            raise ValueError(word)
        first, last = int(match[1]), int(match[2] or match[1])
        numbers |= set(range(first, min(last, first + 500) + 1))
    return numbers


def check(fences: Iterable[lines.Fence], file: str, problems: Problems) -> None:
    """Find what is wrong with listings' headers."""
    before: lines.Fence | None = None
    for fence in fences:
        _check_inside(fence, file, problems)
        if not fence.closed:
            problems.add(
                file, fence.line, "this listing does not end", "close it with the same fence on a line alone"
            )
        read = header(fence.info)
        if read is None:
            problems.add(
                file,
                fence.line,
                f"the listing's header cannot be read: {fence.info}",
                'write the language, then options as title="..." with double quotes',
            )
        else:
            _check_options(fence, read, file, problems)
            _check_output(fence, read, before, file, problems)
        before = fence


def _check_inside(fence: lines.Fence, file: str, problems: Problems) -> None:
    """Report a listing that was not closed: it goes on to the end of the next one and contains the text
    between them.
    """
    for number, code in enumerate(fence.code, fence.line + 1):
        if code.strip().startswith(fence.mark) and re.match(r"[`~]+[ \t]*[\w#.+-]+", code.strip()):
            what = f"a listing begins in the listing of line {fence.line}"
            longer = fence.mark + fence.mark[0]
            problems.add(file, number, what, f"close that one before it, or fence it with {longer}")


def _check_options(fence: lines.Fence, read: Header, file: str, problems: Problems) -> None:
    options = read.options
    for key in options:
        if key not in OPTIONS:
            problems.add(file, fence.line, f'a listing has no option "{key}"', nearest(key, OPTIONS))
    if highlighting.lexer(read.language) is None:
        problems.add(
            file, fence.line, f'the language "{read.language}" is not known', "name one of Pygments, or text"
        )
    if "hl_lines" in options:
        try:
            good = all(1 <= number <= len(fence.code) for number in highlighted(options["hl_lines"]))
        except ValueError:
            good = False
        if not good or not options["hl_lines"].strip():
            fix = f'write hl_lines="1 3-5" with lines from 1 to {len(fence.code)}'
            problems.add(
                file, fence.line, f'hl_lines="{options["hl_lines"]}" does not name lines of the listing', fix
            )
    if "exec" in options and "noexec" in options:
        problems.add(file, fence.line, "a listing cannot be exec and noexec", "keep one of the two")
    if "exec" in options and read.language != "python":
        problems.add(file, fence.line, "only a python listing can be exec", "begin the fence with ```python")
    if options.get("exec") and not _EXPECTED.match(options["exec"]):
        fix = 'write exec alone, or exec="expect-error: ValueError"'
        problems.add(file, fence.line, f'exec="{options["exec"]}" is not understood', fix)
    if "noexec" in options and not options["noexec"].strip():
        problems.add(file, fence.line, "noexec gives no reason", 'write noexec="why it does not run alone"')


def _is_output(read: Header | None) -> bool:
    return read is not None and read.language == "text" and read.options.get("title") == OUTPUT


def _check_output(
    fence: lines.Fence, read: Header, before: lines.Fence | None, file: str, problems: Problems
) -> None:
    if not _is_output(read):
        return
    runs = header(before.info) if before else None
    if runs is None or "exec" not in runs.options:
        fix = "put it right after an exec listing, or give it another title"
        problems.add(file, fence.line, "this output belongs to no listing that runs", fix)


def collect(text: str, file: str, first_line: int = 1) -> list[Listing]:
    """The listings of a checked text that CI runs, one by one, with the outputs that their author states."""
    fences = [item for item in lines.read(text, first_line) if isinstance(item, lines.Fence)]
    found: list[Listing] = []
    for fence, after in zip(fences, [*fences[1:], None], strict=True):
        read = header(fence.info)
        if read is None or "exec" not in read.options:
            continue
        expected = _EXPECTED.match(read.options["exec"])
        promised = after is not None and _is_output(header(after.info))
        found.append(
            Listing(
                file=file,
                line=fence.line,
                title=read.options.get("title", ""),
                code="\n".join(fence.code) + "\n",
                error=expected[1] if expected else "",
                output="\n".join(after.code) + "\n" if promised and after else None,
            )
        )
    return found
