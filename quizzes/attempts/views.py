"""Pages to read: the list of quizzes, a quiz, an attempt. answer_views.py takes the answers."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.guests.guest_cookie import ensure_learner, learner_of
from accounts.pages.kept_pages import kept_for_visitors
from authoring.content_version import current_version
from quizzes.answering.posted_answer import number_of
from quizzes.attempts.attempt_page import AttemptPage
from quizzes.models import Attempt, Quiz
from quizzes.models.querysets import TooManyAttempts

MODES = (Attempt.Mode.ONE_AT_A_TIME, Attempt.Mode.ALL_AT_ONCE)


@require_GET
@kept_for_visitors(current_version)
def quiz_list(request: HttpRequest) -> HttpResponse:
    """All published quizzes, each with the learner's best score."""
    quizzes = Quiz.objects.published().with_counts(learner_of(request)).in_course_order()
    return render(request, "quizzes/list.html", {"quizzes": quizzes})


@require_http_methods(["GET", "HEAD", "POST"])
@kept_for_visitors(current_version)
def quiz(request: HttpRequest, slug: str) -> HttpResponse:
    """The page on which a learner starts or resumes an attempt, or finds earlier ones."""
    # Two plain queries are built and run in less time than one with a grouped count.
    found = Quiz.objects.published().select_related("current").filter(slug=slug).first()
    questions = found.current.placements.count() if found and found.current else 0
    if found is None or not questions:
        raise Http404
    if request.method == "POST":
        wanted = request.POST.get("mode", "")
        number = number_of(request.POST.get("number"), otherwise=1)
        mode = wanted if wanted in MODES else Attempt.Mode.ONE_AT_A_TIME
        return _begin(request, found, mode, number)
    attempts = list(Attempt.objects.of(learner_of(request)).whole().filter(quiz=found).order_by("-number"))
    unfinished = [attempt for attempt in attempts if attempt.is_open]
    context = {
        "quiz": found,
        "questions": questions,
        "pass_mark": found.current.pass_mark if found.current else None,
        "open": unfinished,
        "counts": unfinished[0].counts() if unfinished else None,
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
    """An attempt to answer, to resume or to read again; only its owner finds it."""
    mine = Attempt.objects.of(learner_of(request)).whole().select_related("quiz", "revision")
    found = mine.filter(pk=attempt).first()
    if found is None:
        context = {"next": request.path}
        return render(request, "quizzes/unknown_attempt.html", context, status=404)
    wanted = number_of(request.GET.get("q"), otherwise=0) or None
    return render_attempt(request, AttemptPage.of(found, wanted=wanted))


def _begin(request: HttpRequest, quiz: Quiz, mode: str, number: int) -> HttpResponse:
    try:
        return redirect(Attempt.objects.begin(ensure_learner(request), quiz, mode, number))
    except TooManyAttempts as enough:
        sentence = (
            _("You have as many attempts under way as one may have. This is the latest of them.")
            if enough.instead.is_open
            else _("You have begun as many attempts today as one may. Go on tomorrow.")
        )
        messages.info(request, sentence)
        return redirect(enough.instead)


def render_attempt(request: HttpRequest, page: AttemptPage, *, status: int = 200) -> HttpResponse:
    """The page of an attempt."""
    # No cache may store it: the back button must not show a form that was answered.
    context = {"page": page, "quiz": page.attempt.quiz, "revision": page.attempt.revision}
    response = render(request, "quizzes/attempt.html", context, status=status)
    response["Cache-Control"] = "no-store, private"
    return response
