"""The written allow-list: what prose may hold, whoever wrote it.

Everything else is taken out: tags (their text stays; `script` and `style` go with their text), attributes,
comments, other URL schemes. No `style` attribute passes, so that the site's Content-Security-Policy is never
in the way. Listings, figures and mounts are our own and join after this.
"""

from __future__ import annotations

import re

import nh3

RAW_TAGS = frozenset({"abbr", "br", "kbd", "sub", "sup"})
"""What a trusted author may write as HTML; for the rest there is Markdown."""

TAGS = {
    *RAW_TAGS,
    *("p", "hr", "strong", "em", "code", "pre", "blockquote", "del", "b", "q", "span"),
    *("ul", "ol", "li", "dl", "dt", "dd"),
    *("h2", "h3", "h4", "a", "div", "aside", "section", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}

ATTRIBUTES = {
    "a": {"href", "title", "rel", "class"},
    "abbr": {"title"},
    "aside": {"class", "role", "aria-label"},
    "b": {"class"},
    "details": {"class", "name", "open"},
    "div": {"class", "role", "tabindex", "aria-label"},
    **{heading: {"id"} for heading in ("h2", "h3", "h4")},
    "li": {"id"},
    "ol": {"start"},
    "p": {"class"},
    "section": {"class", "aria-labelledby"},
    "span": {"class"},
    "sup": {"id"},
    "table": {"class"},
    "td": {"class"},
    "th": {"class", "scope"},
}

CLASSES = frozenset(
    {
        *(
            "callout",
            "callout--note",
            "callout--pitfall",
            "callout--thumb",
            "callout--claim",
            "label",
            "said",
            "verdict",
        ),
        *("scroll-x", "table", "table--prose", "r", "c"),
        *("term", "planned", "planned-mark", "external", "takeaways", "tabset", "tab"),
        *("footnotes", "footnote-ref", "footnote-backref"),
    }
)

_ID = re.compile(r"[^\W_][^\s\"'<>&#%]{0,299}\Z")
"""Ids of any script; an id of ours begins with a letter or a digit."""
_FIXED = {"role": {"div": "group", "aside": "note"}, "tabindex": {"div": "0"}}


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(word for word in value.split() if word in CLASSES) or None
    if name == "id" or name == "aria-labelledby":
        return value if _ID.match(value) else None
    if name in _FIXED:
        return value if value == _FIXED[name].get(tag) else None
    return value


def clean(html: str) -> str:
    """The HTML without anything that the allow-list does not name."""
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https"},
        link_rel=None,
        strip_comments=True,
    )
