"""The plain text of Markdown's tree, for titles and for search."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree as etree  # noqa: N813 - Markdown itself calls it so

from markdown.util import AMP_SUBSTITUTE

from authoring.rendering.stash import Stash

_STASHED = re.compile("\x02wzxhzdk:(\\d+)\x03")
_OTHER = re.compile("\x02.*?\x03")
_TAG = re.compile(r"<[^>]*>")
_INLINE = {
    "a",
    "abbr",
    "b",
    "code",
    "del",
    "em",
    "i",
    "ins",
    "kbd",
    "mark",
    "q",
    "s",
    "small",
    "span",
    "strong",
}
_INLINE |= {"sub", "sup", "var"}


def text_of(element: etree.Element, kept: Sequence[Any], stash: Stash) -> str:
    """The element's text with the texts of its listings and figures.

    `kept` is what Markdown put aside in its own stash: our words for listings, raw HTML (left out) and
    entities.
    """

    def unstash(match: re.Match[str]) -> str:
        number = int(match[1])
        raw = kept[number] if number < len(kept) else ""
        return html.unescape(_TAG.sub("", stash.plain(raw))) if isinstance(raw, str) else ""

    text = _STASHED.sub(unstash, "".join(_texts(element)))
    return _OTHER.sub("", stash.plain(text.replace(AMP_SUBSTITUTE, "&")))


def _texts(element: etree.Element) -> Iterator[str]:
    """The texts inside the element. A space is where a block begins or ends: no white space in the tree need
    be there, so the label of a callout would join the first word of its text.
    """
    yield element.text or ""
    for child in element:
        edge = "" if child.tag in _INLINE else " "
        yield edge
        yield from _texts(child)
        yield edge
        yield child.tail or ""
