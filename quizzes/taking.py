"""What every address that takes typed text does first: bounds, owner, token; and what was typed is kept in each case."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.guests import learner_of
from quizzes.models import Attempt
from quizzes.posted import TooLarge, is_forged, refuse_large

Taker = Callable[..., HttpResponse]

STALE = "stale"
"""Name of the attribute that marks a request whose form was too old to be taken."""


def is_stale(request: HttpRequest) -> bool:
    """Whether the form's token was missing or old: the view shows the form again, filled in, and changes nothing."""
    return getattr(request, STALE, False)


def stale_sentence() -> str:
    """What a learner reads then."""
    return _("This page had grown old, perhaps by a log-in in another tab. Nothing is lost: send it once more.")


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asked, which swaps a part of the page; it takes only answers with status 200."""
    return request.headers.get("HX-Request") == "true"


def bounded(view: Taker) -> Taker:
    """A POST of bounded size. The token is checked here, and `is_stale` tells the view: it must then change nothing."""

    @csrf_exempt
    @require_POST
    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            refuse_large(request)
            setattr(request, STALE, is_forged(request))
            return view(request, *args, **kwargs)
        except TooLarge as error:
            return too_large(request, str(error))

    return checked


def for_owner(view: Taker) -> Taker:
    """As `bounded`, for the owner of the attempt; whoever else sent something sees it again and may log in."""

    @bounded
    @functools.wraps(view)
    def checked(request: HttpRequest, attempt: uuid.UUID, **kwargs: Any) -> HttpResponse:
        found = Attempt.objects.of(learner_of(request)).whole().select_related("quiz").filter(pk=attempt).first()
        if found is None:
            return not_yours(request, attempt)
        return view(request, found, **kwargs)

    return checked


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def too_large(request: HttpRequest, sentence: str) -> HttpResponse:
    """413 with the sentence."""
    if wants_json(request):
        return JsonResponse({"error": sentence}, status=413)
    context = {"sentence": sentence, "back": request.headers.get("Referer", "")}
    template = "quizzes/refused_part.html" if wants_part(request) else "quizzes/refused.html"
    return render(request, template, context, status=200 if wants_part(request) else 413)


def not_yours(request: HttpRequest, attempt: uuid.UUID) -> HttpResponse:
    """403 with what was typed, the same whether there is such an attempt or not."""
    sentence = _("This attempt belongs to somebody who is not logged in here any more.")
    if wants_json(request):
        return JsonResponse({"error": sentence}, status=403)
    fields = [
        (name, value) for name in request.POST if name != "csrfmiddlewaretoken" for value in request.POST.getlist(name)
    ]
    context = {
        "sentence": sentence,
        "fields": fields,
        "action": request.path,
        "typed": [value for name, value in fields if name.endswith("-text") and value.strip()],
        "next": f"/quizzes/attempts/{attempt}/",
    }
    template = "quizzes/kept_part.html" if wants_part(request) else "quizzes/kept.html"
    return render(request, template, context, status=200 if wants_part(request) else 403)


def stale_json(request: HttpRequest) -> JsonResponse:
    """403 with a fresh token, which only a page of this site can read; a script sends its draft again with it."""
    return JsonResponse({"error": stale_sentence(), "token": get_token(request)}, status=403)
