"""The bounds of everything that comes from outside: head, body, and the fields of a body.

One table for every server: the ASGI door reads it before a body is received, the middleware before a view.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import Resolver404, resolve

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LONGEST_PATH, LONGEST_QUERY, LONGEST_HEADER = 1 << 10, 4 << 10, 8 << 10
"""Bytes; a header's are those of its name and its value."""
LARGEST_HEAD, MOST_HEADERS = 24 << 10, 60
"""Bytes and number of all headers together."""
LONGEST_NAME = 100
"""Characters of a field's name."""
KIB, MIB = 1 << 10, 1 << 20


class Refused(Exception):
    """A request is out of bounds. `status` is the response's, the text a sentence for whoever sent it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the body of a request to one address may hold: bytes in all, fields, and characters of a field.

    Fields whose name begins with `long_prefix` may have `longest_of_prefix` characters instead. Views with
    `own_fields` bound the fields themselves, and refuse them in the way that their page can show.
    """

    body: int = 128 * KIB
    fields: int = 200
    longest: int = 20_000
    long_prefix: str = ""
    longest_of_prefix: int = 0
    own_fields: bool = False

    def longest_of(self, name: str) -> int:
        """Characters that the field of this name may have."""
        is_long = self.long_prefix and name.startswith(self.long_prefix)
        return self.longest_of_prefix if is_long else self.longest


FORM = Bounds()
ONE_ANSWER = Bounds(body=256 * KIB, own_fields=True)
WHOLE_QUIZ = Bounds(body=12 * MIB, own_fields=True)
"""A load refuses a quiz whose form would be larger. The views allow each attempt only what its form has."""
RUN = Bounds(body=8 * MIB, long_prefix="file:", longest_of_prefix=MIB)
"""Escapes in a form or in JSON can make 1 MiB of files several times as large."""
OF_ADDRESS = {
    "labs:start": RUN,
    "api:start_run": RUN,
    **{f"quizzes:{name}": WHOLE_QUIZ for name in ("hand_in", "answer", "hint", "draft", "read", "mark")},
    **{f"quizzes:quick_{name}": ONE_ANSWER for name in ("answer", "hint", "read", "mark", "again")},
}
"""By the name of the address; every other address takes `FORM`."""


def bounds_of(path: str) -> Bounds:
    """The bounds of a body that is sent to this path."""
    try:
        return OF_ADDRESS.get(resolve(path).view_name, FORM)
    except Resolver404:
        return FORM


def check_head(method: str, path: str, query: str, headers: Iterable[tuple[str, str]]) -> None:
    """Raise `Refused` for a request whose first line or headers are out of bounds.

    `path` is decoded, `query` is not; each character of a header is one byte.
    """
    if method not in METHODS:
        raise Refused(405, "This site knows no such method.")
    if len(path.encode("utf-8", "replace")) > LONGEST_PATH or len(query) > LONGEST_QUERY:
        raise Refused(414, "The address is too long.")
    if "\0" in path or "%00" in query or not query.isascii():
        raise Refused(400, "The address holds a character that no address of this site has.")
    number = size = 0
    for name, value in headers:
        number, size = number + 1, size + len(name) + len(value)
        if len(name) + len(value) > LONGEST_HEADER or number > MOST_HEADERS or size > LARGEST_HEAD:
            raise Refused(431, "The headers are too large. Clear this site's cookies and try again.")
        if "\0" in value:
            raise Refused(400, "A header holds a NUL character.")


def check_fields(bounds: Bounds, fields: Iterable[tuple[str, list[str]]]) -> None:
    """Raise `Refused` for a form with a field that no form of this site sends."""
    number = 0
    for name, values in fields:
        number += len(values)
        if number > bounds.fields:
            raise Refused(413, "The form has too many fields. Nothing was saved.")
        if len(name) > LONGEST_NAME or "\0" in name:
            raise Refused(400, "The form has a field that no form of this site has. Nothing was saved.")
        for value in values:
            if len(value) > bounds.longest_of(name):
                raise Refused(
                    413,
                    f"What you typed is too large: a field may have {bounds.longest_of(name):,} characters. "
                    "Nothing was saved: go back and shorten it.",
                )
            if "\0" in value:
                raise Refused(400, "The form holds a NUL character, which is not text. Nothing was saved.")
