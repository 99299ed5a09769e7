"""What people type, made comparable: invisible characters go, and signs that look alike become one sign.

A phone, a word processor and a copied web page each write quotes, dashes and spaces in their own way. Nobody
chooses these differences, so nobody should be graded on them. Pure: no settings, no translation.
"""

from __future__ import annotations

import re
import unicodedata

_SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\u02b9\u02bc\u00b4\u055a\ua78c"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\u02ba\u301d\u301e\u301f"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\u207b\u2796"
# Some characters draw nothing and are neither spaces nor format characters to Unicode: fillers of Hangul, the
# combining grapheme joiner, and selectors of a variant.
_UNSEEN = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10)}
_UNSEEN |= {*range(0x180B, 0x1810), *range(0xE0100, 0xE01F0)}
EM_DASH = "\u2014"

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_ALIKE = {
    **_WIDE,
    **{ord(sign): "'" for sign in _SINGLE_QUOTES},
    **{ord(sign): '"' for sign in _DOUBLE_QUOTES},
    **{ord(sign): "-" for sign in _DASHES},
    0x2026: "...",
    0x00B5: "\u03bc",
    0x2044: "/",
    0x2215: "/",
}


def visible(text: str) -> str:
    """The text without characters that draw nothing; every sort of blank becomes a plain space."""
    return "".join(" " if sign.isspace() else sign for sign in text if sign.isspace() or not _is_unseen(sign))


def _is_unseen(sign: str) -> bool:
    return ord(sign) in _UNSEEN or unicodedata.category(sign) in ("Cf", "Cc")


def dashes_as_signs(text: str) -> str:
    """The text with every dash, hyphen and minus sign as `-`."""
    return re.sub(f"[{_DASHES}\uff0d]", "-", text)


def straight_quotes(text: str) -> str:
    """The text with every sort of quote as `'` or `"`."""
    return re.sub(f"[{_DOUBLE_QUOTES}]", '"', re.sub(f"[{_SINGLE_QUOTES}]", "'", text))


def comparable(text: str) -> str:
    """The text in one notation: composed (NFC), visible characters, straight quotes, plain dashes, single
    spaces. Capitals stay. A second call changes nothing.
    """
    return unicodedata.normalize("NFC", " ".join(visible(text).translate(_ALIKE).split()))


def as_sentence(text: str) -> str:
    """A comparable text without the quotes around it and the full stop behind it; never without all of it."""
    while True:
        inner = text.strip()
        if len(inner) > 2 and inner[0] == inner[-1] and inner[0] in "\"'`":
            inner = inner[1:-1].strip()
        inner = inner.rstrip(".").rstrip() or inner
        if inner == text:
            return text
        text = inner
