"""Makes HTML of listings: a span for each line, our token classes, a caption with a copy button."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby
from operator import itemgetter

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, String, Token, _TokenType
from pygments.util import ClassNotFound

PLAIN = frozenset({"", "text", "console", "output"})
"""Languages without colours; a listing of theirs has no line numbers either, unless lines are highlighted."""

_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Keyword.Constant, "tk-k"),
    (Keyword, "tk-k"),
    (Token.Operator.Word, "tk-k"),
    (Name.Decorator, "tk-d"),
    (Name.Function, "tk-f"),
    (Name.Class, "tk-f"),
    (Name.Tag, "tk-k"),
    (Name.Attribute, "tk-f"),
    (String, "tk-s"),
    (Number, "tk-n"),
    (Comment, "tk-c"),
)


def lexer(language: str) -> Lexer | None:
    """The lexer of that name, or None."""
    try:
        return get_lexer_by_name(language or "text", stripnl=False, ensurenl=True)
    except ClassNotFound:
        return None


def _class_of(kind: _TokenType) -> str:
    return next((name for token, name in _CLASSES if kind[: len(token)] == token), "")


def _pieces(code: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield the code in pieces, as (class, text). A piece never contains more than one line."""
    found = lexer(language)
    tokens = found.get_tokens(code) if found else [(Token.Text, code + "\n")]
    for name, group in groupby(((_class_of(kind), text) for kind, text in tokens), key=itemgetter(0)):
        for piece in "".join(text for _kind, text in group).splitlines(keepends=True):
            yield name, piece


def _lines(code: str, language: str) -> Iterator[str]:
    """Each line of the code as HTML, ending with its newline."""
    line = ""
    for name, piece in _pieces(code, language):
        body = escape(piece.rstrip("\n"), quote=False)
        line += f'<span class="{name}">{body}</span>' if name and body.strip() else body
        if piece.endswith("\n"):
            yield line + "\n"
            line = ""
    if line:
        yield line + "\n"


def html_lines(code: str, language: str) -> list[str]:
    """Each line of the code as HTML without its newline: for pages that put a control beside each line."""
    return [line.rstrip("\n") for line in _lines(code.rstrip("\n"), language)]


def _spoken(title: str, highlighted: list[int]) -> str:
    if not highlighted:
        return title
    numbers = ", ".join(map(str, highlighted))
    return ngettext(
        "%(title)s, line %(lines)s highlighted", "%(title)s, lines %(lines)s highlighted", len(highlighted)
    ) % {
        "title": title,
        "lines": numbers,
    }


def listing(code: str, language: str, title: str = "", highlighted: set[int] | None = None) -> str:
    """A figure with the code; `highlighted` are numbers of lines to highlight, from 1."""
    code = code.rstrip("\n")
    highlighted = highlighted or set()
    shown = title or (language if language not in PLAIN else _("text"))
    if language in PLAIN and not highlighted:
        body = escape(code, quote=False) + "\n"
    else:
        body = "".join(
            f'<span class="{"ln hl" if number in highlighted else "ln"}">{line}</span>'
            for number, line in enumerate(_lines(code, language), start=1)
        )
    button = (
        '<button class="btn btn--sm btn--quiet" type="button" data-copy hidden>'
        '<svg class="ico" aria-hidden="true"><use href="#i-copy"/></svg>'
        f"<span>{escape(_('Copy'))}</span></button>"
    )
    kind = "listing listing--output" if language in PLAIN else "listing"
    spoken = escape(_spoken(shown, sorted(highlighted)))
    return (
        f'<figure class="{kind}"><figcaption><span>{escape(shown)}</span>{button}</figcaption>'
        f'<pre class="code" tabindex="0" role="group" aria-label="{spoken}">'
        f"<code>{body}</code></pre></figure>\n"
    )
