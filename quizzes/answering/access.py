"""What every view that takes answers does first: it bounds the request and finds the attempt's owner.

If a request is refused, the response contains what the learner typed.
"""

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

from accounts.guests.guest_cookie import learner_of
from quizzes.answering.posted_answer import LARGEST_BODY, TooLarge, refuse_large, refuse_values, size_of
from quizzes.form_size import form_size
from quizzes.models import Attempt, Item

View = Callable[..., HttpResponse]


def stale_sentence() -> str:
    """The sentence for a learner whose form had a missing or old CSRF token."""
    return _(
        "This page was out of date, perhaps because you logged in in another tab. "
        "Nothing is lost: send your answer again."
    )


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx sent the request. It swaps a part of the page, and only for responses with status 200."""
    return request.headers.get("HX-Request") == "true"


def wants_json(request: HttpRequest) -> bool:
    """Whether a script of the page sent the request."""
    return request.headers.get("Accept", "").startswith("application/json")


def bounded(view: View) -> View:
    """Make the view take a POST of bounded size. The view must check `PostedAnswer.is_stale` itself.

    The CSRF middleware would answer an old token with a page of its own, and the typed text would be lost.
    """

    @csrf_exempt
    @require_POST
    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            refuse_large(request, _largest_body(request, kwargs.get("attempt")))
            refuse_values(request.POST)
            return view(request, *args, **kwargs)
        except TooLarge as error:
            return too_large(request, str(error))

    return checked


def _largest_body(request: HttpRequest, attempt: uuid.UUID | None) -> int:
    """Bytes that the request may have: enough for one answer, or for all answers of the learner's attempt."""
    if attempt is None or size_of(request) <= LARGEST_BODY:
        return LARGEST_BODY
    mine = Attempt.objects.of(learner_of(request)).filter(pk=attempt)
    items = Item.objects.filter(attempt__in=mine).select_related("revision")
    return max(LARGEST_BODY, form_size(item.revision for item in items).bytes)


def for_owner(view: View) -> View:
    """Make the view take a POST of bounded size from the attempt's owner, as an Attempt. Anybody else gets
    back what they typed, and can log in.
    """

    @bounded
    @functools.wraps(view)
    def checked(request: HttpRequest, attempt: uuid.UUID, **kwargs: Any) -> HttpResponse:
        mine = Attempt.objects.of(learner_of(request)).whole().select_related("quiz", "revision")
        found = mine.filter(pk=attempt).first()
        if found is None:
            return not_yours(request, attempt)
        return view(request, found, **kwargs)

    return checked


def too_large(request: HttpRequest, sentence: str) -> HttpResponse:
    """A 413 response with the sentence."""
    if wants_json(request):
        return JsonResponse({"error": sentence}, status=413)
    context = {"sentence": sentence, "back": request.headers.get("Referer", "")}
    template = "quizzes/refused_part.html" if wants_part(request) else "quizzes/refused.html"
    return render(request, template, context, status=200 if wants_part(request) else 413)


def not_yours(request: HttpRequest, attempt: uuid.UUID) -> HttpResponse:
    """A 403 response with what was typed. It is the same whether the attempt exists or not."""
    sentence = _("This attempt belongs to somebody who is no longer logged in here.")
    if wants_json(request):
        return JsonResponse({"error": sentence}, status=403)
    fields = [
        (name, value)
        for name in request.POST
        if name != "csrfmiddlewaretoken"
        for value in request.POST.getlist(name)
    ]
    context = {
        "sentence": sentence,
        "fields": fields,
        "action": request.path,
        "typed": [value for name, value in fields if name.endswith("-text") and value.strip()],
        "next": f"/quizzes/attempts/{attempt}/",
    }
    template = "quizzes/send_again_part.html" if wants_part(request) else "quizzes/send_again.html"
    return render(request, template, context, status=200 if wants_part(request) else 403)


def stale_json(request: HttpRequest) -> JsonResponse:
    """A 403 response with a fresh token, with which the page's script sends its draft again.

    Only a page of this site can read the response, so the token is given to no other site.
    """
    return JsonResponse({"error": stale_sentence(), "token": get_token(request)}, status=403)
