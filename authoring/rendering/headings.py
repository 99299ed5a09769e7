"""Headings: their ids for any script, unique on the page, and the text below each of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from xml.etree import ElementTree as etree  # noqa: N813 - Markdown itself calls it so

from authoring.rendering.rendered import Heading, Section

LONGEST_ID = 100
"""Characters of an id: a learner's place in a lesson is kept by it, in a column of bounded length."""
RESERVED_IDS = frozenset({"main", "menu", "search", "toc", "help", "notes", "header", "footer"})
"""Ids of the pages around the prose."""
_RESERVED = re.compile(r"fn|check-|lesson-end\Z|(?:sequence-|tabs-|q)\d")
"""Beginnings of the ids that figures, questions, footnotes and pages have."""
_SIGNS = {"+": " plus ", "#": " sharp "}

TextOf = Callable[[etree.Element], str]


def slug(title: str, separator: str = "-") -> str:
    """The id of a heading: its letters and digits in any script, joined by hyphens; never one of the page."""
    title = re.sub("['\u2019\x02\x03]", "", unicodedata.normalize("NFC", title).lower())
    title = "".join(_SIGNS.get(sign, sign) for sign in title)
    kept = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in title)
    found = shortened(separator.join(kept.split())) or "section"
    return f"{found}-section" if found in RESERVED_IDS or _RESERVED.match(found) else found


def shortened(ident: str) -> str:
    """An id within its bound, cut between words where it can be."""
    if len(ident) <= LONGEST_ID:
        return ident
    cut = ident[:LONGEST_ID]
    return (cut.rpartition("-")[0] or cut) if ident[LONGEST_ID] != "-" else cut


def find(root: etree.Element, text_of: TextOf) -> list[Heading]:
    """The headings of the second to fourth level, in order; those of one id in Markdown's eyes are
    numbered.
    """
    return [
        Heading(element.get("id", ""), text_of(element).strip(), int(element.tag[1]))
        for element in root.iter()
        if element.tag in ("h2", "h3", "h4")
    ]


def twice(found: Iterable[Heading]) -> list[str]:
    """Titles that occur more than once: a link to one of them would be ambiguous."""
    seen: set[str] = set()
    again: list[str] = []
    for heading in found:
        words = " ".join(heading.title.casefold().split())
        if words in seen and words:
            again.append(heading.title)
        seen.add(words)
    return again


def sections(root: etree.Element, text_of: TextOf) -> list[Section]:
    """The plain text under each heading of the second and third level."""
    found: list[tuple[str, str, list[str]]] = [("", "", [])]
    for element in root:
        if element.tag in ("h2", "h3"):
            found.append((element.get("id", ""), text_of(element).strip(), []))
        else:
            found[-1][2].append(text_of(element))
    kept = [Section(ident, title, " ".join(" ".join(texts).split())) for ident, title, texts in found]
    return [section for section in kept if section.text or section.title]
