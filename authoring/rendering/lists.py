"""Lists as CommonMark reads them, rewritten for the parser below, which wants a blank line before a list and
four spaces for each level.

Without this a list right under a paragraph would silently become a part of it, and two spaces would silently
nest nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from authoring import lines

_ITEM = re.compile(r"(?P<indent> *)(?P<mark>[-*+]|\d{1,9}[.)])(?P<gap> +|\Z)(?P<text>.*)\Z")
_RULE = re.compile(r" *(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})\Z")
_APART = re.compile(r" *(?:#{1,6}(?:\s|\Z)|!!!|===[+!]* |:::|<)")
_LAST_SIGNS = re.compile(r"(?<=[^\s#\\])(#+) *\Z")
_QUOTE = re.compile(r"( {0,3}> ?)(.*)\Z")
_INTERRUPTS = re.compile(r"[-*+]|1[.)]")


@dataclass
class _Item:
    """One open item: where its marker is, where its text begins, and where we put its marker."""

    marker: int
    content: int
    kind: str
    put: int


@dataclass
class _Rewriter:
    """Rewrites line after line; `open` are the items that the next line may belong to, outermost first."""

    done: list[str] = field(default_factory=list)
    open: list[_Item] = field(default_factory=list)
    blank: bool = True
    paragraph: bool = False
    table: bool = False
    own: bool = False
    """Whether the block above is one of its own, and not the text on a marker's line."""

    def line(self, raw: str) -> None:
        """Rewrite a line outside of listings."""
        text = raw.expandtabs(4)
        if not text.strip():
            self.done.append("")
            self.blank, self.paragraph, self.table = True, False, False
            return
        item = None if _RULE.match(text) else _ITEM.match(text)
        indent = len(text) - len(text.lstrip())
        if item and self.may_begin(item, indent):
            self.begin(item, indent)
        else:
            self.go_on(text, indent)
        self.blank = False

    def may_begin(self, item: re.Match[str], indent: int) -> bool:
        """Whether the line begins an item, and not only looks like one in the middle of a paragraph."""
        if self.table and not self.blank:  # a row may begin with a dash; an open list goes on below a table
            return len(self.inside(indent)) < len(self.open)
        if self.blank or not self.paragraph:
            return True
        if not item["text"].strip():
            return False
        inside = self.inside(indent)
        if len(inside) < len(self.open):
            return True
        return _INTERRUPTS.fullmatch(item["mark"]) is not None

    def inside(self, indent: int) -> list[_Item]:
        """The open items that a line with this indent belongs to."""
        return [item for item in self.open if indent >= item.content or indent >= item.marker + 4]

    def begin(self, item: re.Match[str], indent: int) -> None:
        before = [one for one in self.open if one not in self.inside(indent)]
        self.open = self.inside(indent)
        kind = "1" if item["mark"][0].isdigit() else "-"
        # The parser counts levels in steps of four columns, whatever the author's indent is.
        put = self.open[-1].put + 4 if self.open else before[0].put if before else indent - indent % 4
        # CommonMark ends a list where the kind of marker changes; the parser needs a blank line to see it.
        other_kind = before and before[0].kind != kind
        if not self.blank and (self.own or other_kind):
            self.done.append("")
        mark = item["mark"].replace(")", ".") if kind == "1" else item["mark"]
        # After five spaces or more, all but the first belong to the text.
        gap = item["gap"] if 0 < len(item["gap"]) < 5 else " "
        self.done.append(
            f"{' ' * put}{mark}{gap}{item['text']}".rstrip() if item["text"] else " " * put + mark + " "
        )
        self.open.append(_Item(indent, indent + len(item["mark"]) + len(gap), kind, put))
        self.paragraph, self.table, self.own = bool(item["text"].strip()), False, False

    def go_on(self, text: str, indent: int) -> None:
        """Rewrite a line that begins no item: it goes on in an open item, or follows all of them."""
        apart = _APART.match(text) is not None
        if self.paragraph and not self.blank and not apart:
            last = self.open[-1].put if self.open else 0
            self.done.append(" " * last + text.strip() if last else text)
            return
        self.open = self.inside(indent)
        # The parser takes every # from the end of a heading, also that of `C#`.
        text = _LAST_SIGNS.sub(lambda found: found[1].replace("#", r"\#"), text) if apart else text
        self.done.append(self.put(text, indent))
        self.table = not apart and "|" in text
        self.paragraph = self.own = not apart

    def put(self, text: str, indent: int) -> str:
        """The line with the indent of the item that it belongs to."""
        if not self.open:
            return text
        last = self.open[-1]
        deeper = max(0, indent - last.content)
        return " " * (last.put + 4 + deeper - deeper % 4) + text.strip()

    def listing(self, fence: lines.Fence, raws: list[str]) -> None:
        """Rewrite a whole listing. Its lines keep their indents relative to its fence."""
        indent = len(raws[0].expandtabs(4)) - len(raws[0].expandtabs(4).lstrip())
        self.open = self.inside(indent)
        if not self.blank:
            self.done.append("")
        put = len(self.put(raws[0].expandtabs(4), indent)) - len(raws[0].strip()) if self.open else indent
        for raw in raws:
            cut = len(raw) - len(raw.lstrip(" "))
            self.done.append((" " * put + raw[min(indent, cut) :]) if raw.strip() else "")
        self.done.append("")
        self.blank, self.paragraph, self.table, self.own = True, False, False, True


def as_parser_reads(text: str) -> str:
    """The text with its lists as the parser wants them; everything else stays as it is."""
    raws = text.split("\n")
    fences = {item.line: item for item in lines.read(text) if isinstance(item, lines.Fence)}
    rewriter = _Rewriter()
    at, quote = 1, []
    while at <= len(raws):
        raw = raws[at - 1]
        if (quoted := _QUOTE.match(raw)) and not rewriter.inside(len(quoted[1]) - len(quoted[1].lstrip())):
            quote.append(quoted)
            at += 1
            continue
        if quote:
            _quoted(quote, rewriter)
            quote = []
        if (fence := fences.get(at)) is not None:
            last = fence.last_line or len(raws)
            rewriter.listing(fence, raws[at - 1 : last])
            at = last + 1
            continue
        rewriter.line(raw)
        at += 1
    if quote:
        _quoted(quote, rewriter)
    return "\n".join(rewriter.done)


def _quoted(quote: list[re.Match[str]], rewriter: _Rewriter) -> None:
    """The lines of a quotation, whose own lists are rewritten alone."""
    inner = as_parser_reads("\n".join(line[2] for line in quote))
    rewriter.done += [f"> {line}".rstrip() for line in inner.split("\n")]
    rewriter.open, rewriter.blank, rewriter.paragraph, rewriter.own = [], False, False, True
