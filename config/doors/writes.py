"""How much one learner and one address may write: requests in a minute, bytes in a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.allowances import Allowance
from accounts.guests.guest_cookie import learner_of
from accounts.network_address import address_hash
from labs.problem_documents import problem

MINUTE, DAY = 60, 24 * 60 * 60


class WritesMiddleware:
    """Refuses writes beyond an allowance with 429. Place it after LearnerMiddleware.

    Anybody can make guests, so the allowances of an address are what bounds them. They are large enough for a
    class behind one address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return None
        given = request.META.get("CONTENT_LENGTH") or "0"
        size = int(given) if given.isascii() and given.isdigit() else 0
        used_up = [
            allowance for allowance, who, amount in _taken(request, size) if not allowance.take(who, amount)
        ]
        return _refusal(request, max(one.retry_after for one in used_up)) if used_up else None


def _taken(request: HttpRequest, size: int) -> Iterator[tuple[Allowance, str, int]]:
    """What this request takes: the allowance, whose, and how much."""
    address = address_hash(request)
    yield Allowance("writes-address", settings.WRITES_PER_MINUTE_PER_ADDRESS, MINUTE), address, 1
    yield Allowance("bytes-address", settings.WRITTEN_MB_PER_DAY_PER_ADDRESS << 20, DAY), address, size
    learner = learner_of(request)
    if learner is not None:
        who = str(learner.pk)
        yield Allowance("writes-learner", settings.WRITES_PER_MINUTE_PER_LEARNER, MINUTE), who, 1
        yield Allowance("bytes-learner", settings.WRITTEN_MB_PER_DAY_PER_LEARNER << 20, DAY), who, size


def _refusal(request: HttpRequest, retry_after: int) -> HttpResponse:
    sentence = _("Too much was sent in a short time. What you typed is not saved yet. Wait a moment.")
    if request.path_info.startswith("/api/"):
        return problem(429, sentence, retry_after=retry_after)
    response: HttpResponse
    if request.headers.get("Accept", "").startswith("application/json"):
        response = JsonResponse({"error": sentence, "detail": sentence}, status=429)
    else:
        response = render(request, "429.html", status=429)
    response["Retry-After"] = str(retry_after)
    return response
