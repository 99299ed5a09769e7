"""Pages that are read: the list of quizzes, a quiz, an attempt. Answers are taken in answer_views.py."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.guests import ensure_learner, learner_of
from accounts.kept_pages import kept_for_visitors, loaded_content
from quizzes.attempt_page import AttemptPage
from quizzes.models import Attempt, Quiz
from quizzes.posted import number_of

MODES = (Attempt.Mode.ONE_AT_A_TIME, Attempt.Mode.ALL_AT_ONCE)


@require_GET
@kept_for_visitors(loaded_content)
def quiz_list(request: HttpRequest) -> HttpResponse:
    """All published quizzes with the learner's best."""
    quizzes = Quiz.objects.published().with_counts(learner_of(request)).order_by("title")
    return render(request, "quizzes/list.html", {"quizzes": quizzes})


@require_http_methods(["GET", "HEAD", "POST"])
@kept_for_visitors(loaded_content)
def quiz(request: HttpRequest, slug: str) -> HttpResponse:
    """Start, resume, or read earlier attempts."""
    # Two plain queries are built and run in less time than one with a grouped count.
    found = Quiz.objects.published().filter(slug=slug).first()
    questions = found.revisions.filter(place__isnull=False).count() if found else 0
    if found is None or not questions:
        raise Http404
    if request.method == "POST":
        mode = request.POST.get("mode", "")
        number = number_of(request.POST.get("number"), otherwise=1)
        kind = mode if mode in MODES else Attempt.Mode.ONE_AT_A_TIME
        return redirect(Attempt.objects.begin(ensure_learner(request), found, kind, number))
    attempts = list(Attempt.objects.of(learner_of(request)).whole().filter(quiz=found).order_by("-number"))
    running = [attempt for attempt in attempts if attempt.is_open]
    context = {
        "quiz": found,
        "questions": questions,
        "open": running,
        "counts": running[0].items.counts() if running else None,
        "finished": [attempt for attempt in attempts if not attempt.is_open],
        "number": attempts[0].number + 1 if attempts else 1,
        "modes": [
            (Attempt.Mode.ONE_AT_A_TIME, _("One at a time"), _("Feedback after each answer.")),
            (Attempt.Mode.ALL_AT_ONCE, _("All at once"), _("All on one page, feedback when you hand in.")),
        ],
    }
    return render(request, "quizzes/quiz.html", context)


@require_GET
def attempt(request: HttpRequest, attempt: uuid.UUID) -> HttpResponse:
    """Take, resume or read an attempt; only its owner finds it."""
    found = Attempt.objects.of(learner_of(request)).whole().select_related("quiz").filter(pk=attempt).first()
    if found is None:
        context = {"next": request.path}
        return render(request, "quizzes/unknown_attempt.html", context, status=404)
    wanted = number_of(request.GET.get("q"), otherwise=0) or None
    return render_attempt(request, AttemptPage.of(found, wanted=wanted))


def render_attempt(request: HttpRequest, page: AttemptPage, *, status: int = 200) -> HttpResponse:
    """The page of an attempt; never kept by a cache, since the back button must not show a form that was answered."""
    response = render(request, "quizzes/attempt.html", {"page": page, "quiz": page.attempt.quiz}, status=status)
    response["Cache-Control"] = "no-store, private"
    return response
