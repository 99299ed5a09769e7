"""Addresses that take answers, drafts, hints and marks of an attempt. Each is one POST, safe to repeat."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quizzes.attempt_page import AttemptPage
from quizzes.kinds import Refused
from quizzes.kinds.open import points_of
from quizzes.models import Attempt, Draft, Item, SubmissionReused
from quizzes.posted import Fields, confidence_of, fields_of, has_content, number_of, submission_of
from quizzes.taking import for_owner, is_stale, stale_json, stale_sentence, wants_part
from quizzes.views import render_attempt


def _item(attempt: Attempt, place: int) -> Item:
    item = attempt.items.with_record().filter(place=place).first()
    if item is None:
        raise Http404
    item.attempt = attempt
    return item


def _prefix(place: int) -> str:
    return f"q{place}-"


def _again(
    request: HttpRequest, attempt: Attempt, place: int, fields: Fields | None, error: str, status: int
) -> HttpResponse:
    """The question once more, with what was typed and what was wrong."""
    typed = {place: fields} if fields is not None else {}
    page = AttemptPage.of(attempt, wanted=place, typed=typed, errors={place: error})
    if wants_part(request):
        return _part(request, page, place)
    return render_attempt(request, page, status=status)


def _part(request: HttpRequest, page: AttemptPage, place: int) -> HttpResponse:
    context = {"page": page, "q": page.question_at(place), "quiz": page.attempt.quiz}
    return render(request, "quizzes/question_part.html", context)


def _onwards(request: HttpRequest, attempt: Attempt, place: int, notice: str = "") -> HttpResponse:
    """To the question with its feedback."""
    if wants_part(request):
        attempt.refresh_from_db(fields=["finished_at", "passed_at", "score"])
        page = AttemptPage.of(attempt, wanted=place)
        page.question_at(place).notice = notice
        return _part(request, page, place)
    if notice:
        messages.info(request, notice)
    return redirect(f"{attempt.get_absolute_url()}?q={place}#q{place}")


@for_owner
def answer(request: HttpRequest, attempt: Attempt, place: int) -> HttpResponse:
    """Record the answer to one question, or with `do=save` keep it as a draft."""
    item = _item(attempt, place)
    fields = fields_of(request.POST, _prefix(place))
    if is_stale(request):
        return _again(request, attempt, place, fields, stale_sentence(), 403)
    if item.given is not None:
        same = item.given.submission == submission_of(request.POST, _prefix(place))
        notice = _("This question was answered before, perhaps in another tab. The first answer stands.")
        return _onwards(request, attempt, place, "" if same else notice)
    if not attempt.is_open:
        messages.info(request, _("This attempt was handed in. It takes no more answers."))
        return redirect(attempt)
    if request.POST.get("do") == "save":
        _keep(item, fields)
        messages.success(request, _("Saved. You can go on later, here or where you log in."))
        return redirect(f"{attempt.get_absolute_url()}?q={place}#q{place}")
    submission = submission_of(request.POST, _prefix(place))
    if submission is None:
        return _again(request, attempt, place, fields, _("The form came incomplete. Send it once more."), 400)
    try:
        response = item.revision.grader.read(item.revision.definition, item.variant, fields)
        attempt.record(item, response, submission, confidence_of(fields))
    except Refused as error:
        _keep(item, fields)
        return _again(request, attempt, place, fields, str(error), 422)
    except SubmissionReused:
        return _again(request, attempt, place, fields, _("This form was sent before. Send it once more."), 409)
    return _onwards(request, attempt, place)


def _keep(item: Item, fields: Fields) -> None:
    if has_content(fields):
        draft = getattr(item, "draft", None)
        Draft.objects.keep(item, fields, draft.version if draft else 0)


@for_owner
def hand_in(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Take all answers of the page and end the attempt; asks once more where questions are unanswered."""
    if not attempt.is_open:
        return redirect(attempt)
    items = list(attempt.items.with_record())
    typed = {item.place: fields_of(request.POST, _prefix(item.place)) for item in items if item.given is None}
    if is_stale(request):
        page = AttemptPage.of(attempt, typed=typed)
        page.problem = stale_sentence()
        return render_attempt(request, page, status=403)
    if request.POST.get("do") == "save":
        for item in items:
            _keep(item, typed.get(item.place, {}))
        messages.success(request, _("Saved. You can go on later, here or where you log in."))
        return redirect(attempt)
    return _hand_in(request, attempt, items, typed)


def _hand_in(request: HttpRequest, attempt: Attempt, items: list[Item], typed: dict[int, Fields]) -> HttpResponse:
    ready, errors, left = [], {}, []
    for item in items:
        fields = typed.get(item.place)
        if fields is None:
            continue
        if not has_content(fields):
            left.append(item.place)
            continue
        submission = submission_of(request.POST, _prefix(item.place))
        try:
            response = item.revision.grader.read(item.revision.definition, item.variant, fields)
        except Refused as error:
            errors[item.place] = str(error)
        else:
            if submission is None:
                errors[item.place] = _("The form came incomplete. Send it once more.")
            else:
                ready.append((item, response, submission, confidence_of(fields)))
    if errors or (left and request.POST.get("do") != "anyway"):
        for item in items:
            _keep(item, typed.get(item.place, {}))
        page = AttemptPage.of(attempt, typed=typed, errors=errors)
        page.problem = _unready(left, errors)
        page.offer_unanswered = 0 if errors else len(left)
        return render_attempt(request, page, status=422)
    try:
        with transaction.atomic():
            for item, response, submission, confidence in ready:
                item.attempt = attempt
                attempt.record(item, response, submission, confidence)
            attempt.hand_in()
    except SubmissionReused:
        page = AttemptPage.of(attempt, typed=typed)
        page.problem = _("This form was sent before. Send it once more.")
        return render_attempt(request, page, status=409)
    return redirect(attempt)


def _unready(left: list[int], errors: dict[int, str]) -> str:
    sentences = []
    if errors:
        sentences.append(_("Look at these first: %(places)s.") % {"places": ", ".join(map(str, errors))})
    if left:
        sentences.append(
            ngettext(
                "One question has no answer: %(places)s.", "%(count)s questions have no answer: %(places)s.", len(left)
            )
            % {"count": len(left), "places": ", ".join(map(str, left))}
        )
    return " ".join(sentences)


@for_owner
def hint(request: HttpRequest, attempt: Attempt, place: int) -> HttpResponse:
    """Show one more hint; what was typed meanwhile is kept."""
    item = _item(attempt, place)
    fields = fields_of(request.POST, _prefix(place))
    if is_stale(request):
        return _again(request, attempt, place, fields, stale_sentence(), 403)
    if item.given is None and attempt.is_open:
        # Without a script the whole form was sent, with what is typed at the other questions of the page.
        if not wants_part(request):
            for other in attempt.items.with_record():
                _keep(other, fields_of(request.POST, _prefix(other.place)))
        seen = number_of(request.POST.get(f"{_prefix(place)}hints"), otherwise=item.hints_shown)
        if seen >= item.hints_shown:  # a double click asks for the same hint twice
            item.show_hint()
    if wants_part(request):
        page = AttemptPage.of(attempt, wanted=place, typed={place: fields})
        return render(request, "quizzes/hints.html", {"q": page.question_at(place), "asked": True})
    return redirect(f"{attempt.get_absolute_url()}?q={place}#q{place}-hints")


@for_owner
def draft(request: HttpRequest, attempt: Attempt, place: int) -> HttpResponse:
    """Keep what is being typed: 200 `{"version"}`; 409 with the other tab's `{"version", "fields"}`; 410 when answered."""
    if is_stale(request):
        return stale_json(request)
    item = _item(attempt, place)
    if item.given is not None or not attempt.is_open:
        return JsonResponse({"error": _("This question was answered meanwhile.")}, status=410)
    version = number_of(request.POST.get("version"), otherwise=0)
    kept, ours = Draft.objects.keep(item, fields_of(request.POST, _prefix(place)), version)
    body = {"version": kept.version, "saved_at": kept.saved_at.isoformat()}
    return JsonResponse(body if ours else {**body, "fields": kept.fields}, status=200 if ours else 409)


@for_owner
def mark(request: HttpRequest, attempt: Attempt, place: int) -> HttpResponse:
    """The learner's marks on an own answer, point by point of the rubric; the first marks stand."""
    item = _item(attempt, place)
    if is_stale(request):
        return _again(request, attempt, place, None, stale_sentence(), 403)
    given = item.given
    if given is None or item.grade is not None or item.revision.kind != "open":
        return _onwards(request, attempt, place)
    try:
        points = points_of(item.revision.definition, fields_of(request.POST, _prefix(place)))
    except Refused as error:
        return _again(request, attempt, place, None, str(error), 422)
    with transaction.atomic():
        given.item = item
        given.settle({"points": points})
        attempt.reckon()
    return _onwards(request, attempt, place)
