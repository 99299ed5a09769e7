"""The JSON API. Every error is a problem document (RFC 9457); /api/openapi.json describes the API."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from config.api_docs import docs_page
from labs.api.routes import router
from labs.problem_documents import CONTENT_TYPE, ApiProblem, problem

log = logging.getLogger(__name__)
MOST_ERRORS, LONGEST_WHERE, LONGEST_WHAT = 20, 100, 300
"""A refusal names this many errors, with this many characters of what was sent."""

api = NinjaAPI(
    title="Backburner",
    version="1",
    description=str(gettext_lazy("Labs, runs and their events. Errors are problem documents (RFC 9457).")),
    urls_namespace="api",
    docs_url=None,
)
api.add_router("", router)


@api.exception_handler(ApiProblem)
def _own(request: HttpRequest, error: ApiProblem) -> HttpResponse:
    return error.response()


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        {"where": _where(one["loc"])[:LONGEST_WHERE], "what": str(one["msg"])[:LONGEST_WHAT]}
        for one in error.errors[:MOST_ERRORS]
    ]
    return problem(422, "; ".join(f"{one['where']}: {one['what']}" for one in errors[:3]), errors=errors)


def _where(location: tuple[str | int, ...]) -> str:
    """`files.tasks.py` out of pydantic's ("body", "payload", "files", "tasks.py")."""
    parts = [str(part) for part in location]
    return ".".join(parts[2:] if parts[:1] == ["body"] and len(parts) > 2 else parts[1:] or parts)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, error.message)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, str(error))


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def _database(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("the database cannot be reached: %s", error)
    return problem(503, _("The database does not respond; nothing was changed. Try again."), retry_after=2)


@api.exception_handler(Exception)
def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return problem(500, _("Something went wrong on our side; the error was logged."))


def _guarded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Wrap a view: its errors become problem documents instead of the library's plain text."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code >= 400 and not response.get("Content-Type", "").startswith(CONTENT_TYPE):
            document = problem(response.status_code, "")
            if "Allow" in response:
                document["Allow"] = response["Allow"]
            return document
        return response

    return guarded


def docs(request: HttpRequest) -> HttpResponse:
    """The description for people, from the same schema as openapi.json."""
    return docs_page(request, api.get_openapi_schema(path_prefix="/api/"))


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Respond with a 404 to every other address under /api/."""
    return problem(404, _("The API has no such address; /api/docs lists them. Addresses end with a slash."))


def _urls() -> list[URLPattern]:
    patterns = [path("docs", docs, name="docs")]
    for pattern in api.urls[0]:
        assert isinstance(
            pattern, URLPattern
        )  # the library makes no nested patterns for routers without a prefix
        # The library finds the prefix of its description by the name of its root page, so the page stays
        # under that name and answers like any other unknown address.
        pattern.callback = unknown if pattern.name == "api-root" else _guarded(pattern.callback)
        patterns.append(pattern)
    return [*patterns, re_path(r"", unknown, name="unknown")]


urls = (_urls(), "api")
