"""Pages for visitors who have no record: the same for all of them, so each is rendered once per version of what it shows.

A kept page has holes, which every answer fills anew: the CSRF token and the ids of forms. Whoever brings any other cookie
than the CSRF one (a guest, a user, somebody with a message waiting) gets the page from its view.
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
_HOLES = re.compile(rb'((?<=name="csrfmiddlewaretoken" value=")\w{64}(?=")|(?<=submission" value=")[0-9a-f-]{36}(?="))')
_TOKEN = re.compile(rb"\w{64}\Z")


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A rendered page, cut at its holes: text and hole in turn."""

    version: str
    pieces: list[bytes]
    content_type: str

    @classmethod
    def of(cls, response: HttpResponse, version: str) -> KeptPage:
        return cls(version, _HOLES.split(response.content), response["Content-Type"])

    def fill(self, request: HttpRequest) -> HttpResponse:
        """An answer of its own for this visitor."""
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


_versions: list[Callable[[], str]] = []


def content_is_versioned_by(version: Callable[[], str]) -> None:
    """The room that loads the course says how to tell its version; rooms below it cannot import that room."""
    _versions[:] = [version]


def loaded_content() -> str:
    """The version of the loaded course, "" while nobody says it."""
    return _versions[0]() if _versions else ""


def kept_for_visitors(version: Callable[[], str]) -> Callable[[View[P]], View[P]]:
    """A decorator of views. `version()` names what the page shows; the page is rendered again when it changes, and
    never kept while it is ""."""

    def decorate(view: View[P]) -> View[P]:
        kept: dict[tuple[str, str | None], KeptPage] = {}

        @wraps(view)
        def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            strange = request.COOKIES.keys() - {settings.CSRF_COOKIE_NAME}
            if strange or request.GET or request.method != "GET" or settings.DEBUG or not (now := version()):
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
