"""Addresses of quick checks. With htmx the question is swapped in place; without a script one comes back to the lesson."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts.guests import ensure_learner
from quizzes import quickcheck
from quizzes.kinds import Refused
from quizzes.kinds.open import points_of
from quizzes.models import Attempt, Item, QuestionRevision, SubmissionReused
from quizzes.pages import QuestionOnPage
from quizzes.posted import Fields, confidence_of, fields_of, number_of, submission_of
from quizzes.taking import bounded, is_stale, stale_sentence, wants_part


def _asked(request: HttpRequest, slug: str, question: str) -> QuestionRevision:
    """The wording that the form showed, else the current one."""
    wordings = QuestionRevision.objects.filter(quiz__slug=slug, question=question).select_related("quiz")
    found = wordings.filter(digest=request.POST.get("revision", "")[:64]).first()
    found = found or wordings.current().first()
    if found is None:
        raise Http404
    return found


def _back(request: HttpRequest) -> str:
    """The lesson's path; an address of another host is never followed."""
    given = request.POST.get("back", "")
    good = given.startswith("/") and url_has_allowed_host_and_scheme(given, allowed_hosts=None)
    return given.partition("#")[0] if good else "/"


def _prefix(revision: QuestionRevision) -> str:
    return f"check-{revision.quiz.slug}-{revision.question}-"


def _shown(
    request: HttpRequest,
    revision: QuestionRevision,
    item: Item | None,
    *,
    fields: Fields | None = None,
    error: str = "",
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """The question as it stands now: a part for htmx, a page of its own where there is something to mend, else the lesson."""
    if not wants_part(request) and not error:
        if notice:
            messages.info(request, notice)
        return redirect(f"{_back(request)}#{_prefix(revision).rstrip('-')}")
    page = quickcheck.on_page(request, revision, item, back=_back(request), fields=fields)
    page.error, page.notice = error, notice
    if wants_part(request):
        return render(request, "quizzes/question.html", {"q": page})
    page.level = 2
    return render(request, "quizzes/quick_page.html", {"q": page, "back": _back(request)}, status=status)


def _begun(request: HttpRequest, revision: QuestionRevision) -> Item:
    """The item that the form is about, made at the first thing worth keeping."""
    number = number_of(request.POST.get("number"), otherwise=1)
    attempt = Attempt.objects.begin_quick(ensure_learner(request), revision, number)
    item = attempt.items.with_record().get()
    item.attempt, item.revision.quiz = attempt, revision.quiz
    return item


@bounded
def answer(request: HttpRequest, slug: str, question: str) -> HttpResponse:
    """Record the answer."""
    revision = _asked(request, slug, question)
    fields = fields_of(request.POST, _prefix(revision))
    submission = submission_of(request.POST, _prefix(revision))
    if is_stale(request) or submission is None:
        item = quickcheck.latest(request, revision)
        return _shown(request, revision, item, fields=fields, error=stale_sentence(), status=403)
    number = number_of(request.POST.get("number"), otherwise=1)
    variant = revision.variant(quickcheck.quick_seed(revision.digest, number))  # as the form showed it
    try:
        response = revision.grader.read(revision.definition, variant, fields)
    except Refused as error:
        item = quickcheck.latest(request, revision)
        return _shown(request, revision, item, fields=fields, error=str(error), status=422)
    item = _begun(request, revision)
    if item.given is not None or item.seed != variant.seed:
        same = item.given is not None and item.given.submission == submission
        notice = "" if same else _("This question was answered or changed meanwhile. This is how it stands.")
        return _shown(request, item.revision, item, notice=notice)
    try:
        item.attempt.record(item, response, submission, confidence_of(fields))
    except SubmissionReused:
        return _shown(
            request, revision, item, fields=fields, error=_("This form was sent before. Send it once more."), status=409
        )
    return _shown(request, item.revision, quickcheck.latest(request, revision))


@bounded
def hint(request: HttpRequest, slug: str, question: str) -> HttpResponse:
    """Show one more hint."""
    revision = _asked(request, slug, question)
    fields = fields_of(request.POST, _prefix(revision))
    if is_stale(request):
        item = quickcheck.latest(request, revision)
        return _shown(request, revision, item, fields=fields, error=stale_sentence(), status=403)
    item = _begun(request, revision)
    if item.given is None:
        seen = number_of(request.POST.get(f"{_prefix(revision)}hints"), otherwise=item.hints_shown)
        if seen >= item.hints_shown:
            item.show_hint()
    page: QuestionOnPage = quickcheck.on_page(request, item.revision, item, back=_back(request), fields=fields)
    if wants_part(request):
        return render(request, "quizzes/hints.html", {"q": page, "asked": True})
    if fields:  # without a script what was typed comes along, and a redirect would lose it
        page.level = 2
        return render(request, "quizzes/quick_page.html", {"q": page, "back": _back(request)})
    return _shown(request, item.revision, item)


@bounded
def mark(request: HttpRequest, slug: str, question: str) -> HttpResponse:
    """The learner's marks on an own answer, point by point of the rubric."""
    revision = _asked(request, slug, question)
    item = quickcheck.latest(request, revision)
    if item is None or item.given is None or item.grade is not None or item.revision.kind != "open":
        return _shown(request, revision, item)
    if is_stale(request):
        return _shown(request, item.revision, item, error=stale_sentence(), status=403)
    try:
        points = points_of(item.revision.definition, fields_of(request.POST, _prefix(revision)))
    except Refused as error:
        return _shown(request, item.revision, item, error=str(error), status=422)
    with transaction.atomic():
        item.given.item = item
        item.given.settle({"points": points})
        item.attempt.reckon()
    return _shown(request, item.revision, quickcheck.latest(request, revision))


@bounded
def again(request: HttpRequest, slug: str, question: str) -> HttpResponse:
    """Ask the question again, with other values and another order where it has them; earlier answers stay on record."""
    revision = _asked(request, slug, question)
    item = quickcheck.latest(request, revision)
    if item is not None and item.given is not None and not is_stale(request):
        current = QuestionRevision.objects.current().filter(quiz=revision.quiz, question=question)
        latest = current.select_related("quiz").first() or revision
        number = number_of(request.POST.get("number"), otherwise=item.attempt.number)
        if number == item.attempt.number:  # a double click asks once
            Attempt.objects.begin_quick(ensure_learner(request), latest, number + 1)
        item = quickcheck.latest(request, revision)
    shown = item.revision if item else revision
    return _shown(request, shown, item)
