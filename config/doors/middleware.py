"""The door in front of every view: the bounds of a request's head, form and JSON, and who may keep a page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from config.doors.bounds import Bounds, Refused, bounds_of, check_fields, check_head
from labs.problem_documents import problem

SHOWN = 80
"""Characters of a field's name that a refusal repeats."""
_MOST_DRAINED = 16 << 20


class DoorMiddleware:
    """Refuses what is out of bounds, with a sentence. It is the first middleware, so that no other one reads
    what this one would refuse.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            path = request.path_info
            check_head(str(request.method), path, request.META.get("QUERY_STRING", ""), _headers(request))
            # Django refuses this too, but then cannot show a page that reads the form.
            if (request.content_params or {}).get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
                raise Refused(415, "This site reads UTF-8 only.")
        except Refused as refused:
            # Nothing is known of the visitor yet, and a page would read cookies.
            plain = "text/plain; charset=utf-8"
            return HttpResponse(f"{refused.sentence}\n", status=refused.status, content_type=plain)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Refuse a body that is too large, or that has a field which is."""
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return None
        try:
            _check_body(request, bounds_of(request.path_info))
        except Refused as refused:
            return _refusal(request, refused)
        return None


def _headers(request: HttpRequest) -> Iterator[tuple[str, str]]:
    for name, value in request.META.items():
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            yield name, str(value)


def _check_body(request: HttpRequest, bounds: Bounds) -> None:
    given = request.META.get("CONTENT_LENGTH") or "0"
    size = int(given) if given.isascii() and given.isdigit() else 0
    if size > bounds.body:
        _drain(request, size)
        raise Refused(413, _("The request is larger than %(most)s kB.") % {"most": f"{bounds.body >> 10:,}"})
    if bounds.own_fields or not size:
        return
    if request.content_type == "application/json":
        for where in _places_of_nul(request.body):
            raise JsonNul(where)
        return
    try:
        check_fields(bounds, ((name, request.POST.getlist(name)) for name in request.POST))
        if request.FILES:
            raise Refused(400, _("This site takes no files. Nothing was saved."))
    except (RequestDataTooBig, TooManyFieldsSent) as error:
        raise Refused(413, _("The form has too many fields. Nothing was saved.")) from error
    except (MultiPartParserError, BadRequest) as error:
        raise Refused(400, _("The form could not be read. Nothing was saved.")) from error


class JsonNul(Refused):
    """A text in a JSON body holds a NUL character; `where` names it, as `files.tasks.py`."""

    def __init__(self, where: str) -> None:
        super().__init__(422, _("this is not text: it contains a NUL character"))
        self.where = where


def _drain(request: HttpRequest, size: int) -> None:
    """Read a body to its end. A browser shows an error of its own if the upload is cut off."""
    left = size if size <= _MOST_DRAINED else 0
    while left > 0 and (piece := request.read(min(left, 1 << 16))):
        left -= len(piece)


def _places_of_nul(body: bytes) -> Iterator[str]:
    """Where a JSON text holds a NUL character. Most bodies are decided without being parsed."""
    if b"\\u0000" not in body:
        return
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return  # the API refuses it
    yield from _walk(parsed, "")


def _walk(value: Any, where: str) -> Iterator[str]:
    left: list[tuple[str, Any]] = [(where, value)]
    while left:
        where, value = left.pop()
        if isinstance(value, str) and "\0" in value:
            yield where
        elif isinstance(value, list):
            left += ((f"{where}.{place}"[:SHOWN], one) for place, one in enumerate(value))
        elif isinstance(value, dict):
            for name, one in value.items():
                shown = f"{where}.{name}".lstrip(".").replace("\0", "")[:SHOWN]
                if "\0" in name:
                    yield shown
                left.append((shown, one))


def _refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        where = refused.where if isinstance(refused, JsonNul) else ""
        errors = [{"where": where, "what": refused.sentence}] if where else None
        return problem(refused.status, refused.sentence, errors=errors)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"error": refused.sentence, "detail": refused.sentence}, status=refused.status)
    context = {"sentence": refused.sentence, "status": refused.status}
    return render(request, "400.html", context, status=refused.status)
