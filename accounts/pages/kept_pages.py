"""Whole pages for visitors without a record. All of them see the same page, so it is rendered once for each
version of the content.

A kept page is cut where the CSRF token and the ids of forms are, and each response gets values of its own
there. A request with any cookie besides the CSRF cookie (a guest, a user, someone with a message) goes to the
view. docs/decisions/cached-fragments.md says why these pages are kept whole and other texts in fragments.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
_SECRETS = re.compile(
    rb'((?<=name="csrfmiddlewaretoken" value=")\w{64}(?=")|(?<=submission" value=")[0-9a-f-]{36}(?="))'
)
_TOKEN = re.compile(rb"\w{64}\Z")


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A rendered page, cut at its secrets: text and secret in turn."""

    version: str
    pieces: list[bytes]
    content_type: str

    @classmethod
    def of(cls, response: HttpResponse, version: str) -> KeptPage:
        return cls(version, _SECRETS.split(response.content), response["Content-Type"])

    def fill(self, request: HttpRequest) -> HttpResponse:
        """A response for this visitor, with secrets of its own."""
        pieces = list(self.pieces)
        token = b""
        for place in range(1, len(pieces), 2):
            if _TOKEN.match(pieces[place]):
                token = token or get_token(request).encode()
                pieces[place] = token
            else:
                pieces[place] = str(uuid.uuid4()).encode()
        response = HttpResponse(b"".join(pieces), content_type=self.content_type)
        patch_vary_headers(response, ["Cookie"])
        return response


def kept_for_visitors(version: Callable[[], str]) -> Callable[[View[P]], View[P]]:
    """A decorator of views. The page is rendered again when `version()` changes, and not kept while it is
    "".
    """

    def decorate(view: View[P]) -> View[P]:
        kept: dict[tuple[str, str | None], KeptPage] = {}

        @wraps(view)
        def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            others = request.COOKIES.keys() - {settings.CSRF_COOKIE_NAME}
            if others or request.GET or request.method != "GET" or settings.DEBUG or not (now := version()):
                return view(request, *args, **kwargs)
            key = (request.path, get_language())
            page = kept.get(key)
            if page is None or page.version != now:
                response = view(request, *args, **kwargs)
                if response.status_code != 200:
                    return response
                page = kept[key] = KeptPage.of(response, now)
            return page.fill(request)

        return cast("View[P]", answer)

    return decorate
