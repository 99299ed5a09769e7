"""What a browser sent: the fields of one question among a form's, within bounds."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

from django.http import HttpRequest, QueryDict
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext as _

LARGEST_BODY = 256 << 10
"""Bytes of a request that carries answers."""
LONGEST_VALUE = 20_000
"""Characters of one field: more than any kind accepts, so that the kind's own sentence is the one that is read."""
MOST_VALUES = 60
_NAME = re.compile(r"(?:pick|text|sure|rank-\d{1,2}|point-\d{1,2})\Z")
_DRAINED = 16 << 20

Fields = dict[str, list[str]]


class TooLarge(ValueError):
    """More was sent than an answer can be; the message is a sentence for the learner."""


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def refuse_large(request: HttpRequest) -> None:
    """Raise TooLarge before the body is parsed. It is read to its end, since a browser answers a cut upload with an error."""
    try:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        size = 0
    if size <= LARGEST_BODY:
        return
    left = size if size <= _DRAINED else 0
    while left > 0 and (piece := request.read(min(left, 1 << 16))):
        left -= len(piece)
    raise TooLarge(
        _(
            "What you sent is too large: %(size)s kB, and answers together may have %(most)s kB. Nothing was saved; go back and shorten it."
        )
        % {"size": size // 1000, "most": LARGEST_BODY // 1000}
    )


def is_forged(request: HttpRequest) -> bool:
    """Whether the form's token is missing or old. For views that are exempt from the middleware so that they can keep
    what was typed: they must ask, and must change nothing when the answer is yes."""
    return bool(_Csrf(lambda _request: None).process_view(request, None, (), {}))  # type: ignore[arg-type]


def fields_of(post: QueryDict, prefix: str) -> Fields:
    """The fields of the question with this prefix, without it; raises TooLarge."""
    found: Fields = {}
    for name in post:
        if not name.startswith(prefix) or not _NAME.match(name[len(prefix) :]):
            continue
        values = post.getlist(name)
        if (
            len(values) > MOST_VALUES
            or any(len(value) > LONGEST_VALUE for value in values)
            or len(found) >= MOST_VALUES
        ):
            raise TooLarge(
                _("An answer may have at most %(most)s characters. Shorten it and send it again.")
                % {"most": f"{LONGEST_VALUE:,}"}
            )
        found[name[len(prefix) :]] = [value.replace("\x00", "") for value in values]
    return found


def has_content(fields: Mapping[str, list[str]]) -> bool:
    """Whether a learner put anything in; a confidence alone is no answer."""
    return any(value.strip() for name, values in fields.items() if name != "sure" for value in values)


def confidence_of(fields: Mapping[str, list[str]]) -> int | None:
    """1 a guess, 2 fairly sure, 3 certain, None where nothing was chosen."""
    given = (fields.get("sure") or [""])[0]
    return int(given) if given in ("1", "2", "3") else None


def submission_of(post: QueryDict, prefix: str) -> uuid.UUID | None:
    """The form's own id, or None where it is missing or no uuid."""
    try:
        return uuid.UUID(post.get(f"{prefix}submission", ""))
    except ValueError:
        return None


def number_of(given: str | None, *, otherwise: int, most: int = 1_000_000) -> int:
    """A small natural number of an address or a field."""
    return int(given) if given and given.isdecimal() and len(given) < 8 and int(given) <= most else otherwise
