"""Errors of the API as RFC 9457 problem documents. Every response of `/api/` with a status of 400 or more is
one.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

CONTENT_TYPE = "application/problem+json"


class ApiProblem(Exception):
    """Raised by the API's own code. `errors` is a list of `{"where", "what"}`; `retry_after` in seconds."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: list[dict[str, str]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.retry_after = status, detail, errors, retry_after

    def response(self) -> HttpResponse:
        return problem(self.status, self.detail, errors=self.errors, retry_after=self.retry_after)


def document(status: int, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The members of a problem document. `type` is about:blank, so `title` is the phrase of the status."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    return body


def problem(
    status: int, detail: str, *, errors: list[dict[str, str]] | None = None, retry_after: int | None = None
) -> HttpResponse:
    """A response that carries a problem document."""
    response = HttpResponse(
        json.dumps(document(status, detail, errors)), status=status, content_type=CONTENT_TYPE
    )
    if retry_after is not None:
        response["Retry-After"] = str(max(1, retry_after))
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response
