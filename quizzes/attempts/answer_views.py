"""Addresses that take answers, hints, drafts and marks of an attempt. Every POST is safe to repeat."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from quizzes.answering.access import for_owner, stale_json, wants_part
from quizzes.answering.answer_flow import (
    AskedQuestion,
    read_back,
    take_answer,
    take_hint_request,
    take_marks,
)
from quizzes.answering.posted_answer import Choice, PostedAnswer, number_of
from quizzes.attempts.attempt_page import AttemptPage, prefix_of
from quizzes.attempts.views import render_attempt
from quizzes.models import Attempt, Draft, Item


class AttemptQuestion(AskedQuestion):
    """A question of an attempt at a whole quiz."""

    keeps_drafts = True
    item: Item

    @classmethod
    def of(cls, request: HttpRequest, attempt: Attempt, place: int) -> AttemptQuestion:
        """The question at that place; raises Http404 if the attempt has none there."""
        item = attempt.items.with_record().filter(place=place).first()
        if item is None:
            raise Http404
        item.attempt = attempt
        posted = PostedAnswer.of(request, prefix_of(place), item.revision)
        return cls(request, posted, item.revision, item.seed, item)

    @property
    def prefix(self) -> str:
        """The prefix of the fields of the question's place."""
        return prefix_of(self.item.place)

    def begin(self) -> Item:
        """The item, which was made with its attempt."""
        return self.item

    def keep_draft(self) -> bool:
        """Store what was typed at this question; False if another tab's text stays."""
        return keep_draft(self.item, self.posted)

    def keep_drafts_of_page(self) -> bool:
        """Store what was typed at every question: without a script the whole form is sent."""
        if wants_part(self.request):
            return True
        items = [item for item in self.item.attempt.items.with_record() if not item.is_answered]
        kept = [keep_draft(item, self._posted_at(item)) for item in items]
        return all(kept)

    def _posted_at(self, item: Item) -> PostedAnswer:
        return PostedAnswer.of(self.request, prefix_of(item.place), item.revision)

    def show(self, notice: str = "", *, not_counted: str = "") -> HttpResponse:
        """The question and what the page counts: a part for htmx, else the page."""
        attempt, place = self.item.attempt, self.item.place
        if wants_part(self.request):
            page = AttemptPage.of(attempt, wanted=None if self._is_in_review() else place)
            page.question_at(place).notice = notice
            page.question_at(place).not_counted = not_counted or page.question_at(place).not_counted
            return self._part(page)
        if not_counted:  # a redirect would lose it
            page = AttemptPage.of(attempt, wanted=place)
            page.problem = notice
            page.question_at(place).not_counted = not_counted
            return render_attempt(self.request, page, status=409)
        if notice:
            messages.info(self.request, notice)
        return redirect(f"{attempt.get_absolute_url()}?q={place}#q{place}")

    def _is_in_review(self) -> bool:
        """Whether htmx asks from the page of the result, which shows all questions."""
        address = urlsplit(self.request.headers.get("HX-Current-URL", ""))
        return bool(address.path) and "q" not in QueryDict(address.query) and not self.item.attempt.is_open

    def show_hints(self, *, is_kept: bool = True) -> HttpResponse:
        """The hints: a part for htmx, else the page at the hints, with both texts where two differ."""
        attempt, place = self.item.attempt, self.item.place
        if wants_part(self.request):
            page = AttemptPage.of(attempt, wanted=place, typed={place: self.posted})
            return render(self.request, "quizzes/hints.html", {"q": page.question_at(place), "asked": True})
        if not is_kept:
            typed = {item.place: self._posted_at(item) for item in attempt.items.select_related("revision")}
            return render_attempt(
                self.request, AttemptPage.of(attempt, wanted=place, typed=typed), status=409
            )
        return redirect(f"{attempt.get_absolute_url()}?q={place}#q{place}-hints")

    def ask_again(self, error: str, status: int) -> HttpResponse:
        """The form with the error: a part for htmx, else the page."""
        place = self.item.place
        typed = {place: self.posted}
        wanted = None if self._is_in_review() else place
        page = AttemptPage.of(self.item.attempt, wanted=wanted, typed=typed, errors={place: error})
        if wants_part(self.request):
            return self._part(page)
        return render_attempt(self.request, page, status=status)

    def _part(self, page: AttemptPage) -> HttpResponse:
        context = {"page": page, "q": page.question_at(self.item.place), "quiz": page.attempt.quiz}
        return render(self.request, "quizzes/question_part.html", context)


def keep_draft(item: Item, posted: PostedAnswer) -> bool:
    """Store what was typed over the draft on which it was typed; a form that holds no answer changes nothing.

    False if another tab has stored another text since: that text stays until the learner chooses.
    """
    if posted.choice is Choice.THEIRS or not item.is_answered_by(posted.fields):
        return True
    _draft, is_ours = Draft.objects.keep(item, posted.fields, posted.version)
    return is_ours


@for_owner
def answer(request: HttpRequest, attempt: Attempt, place: int) -> HttpResponse:
    """Record the answer to one question, or with `do=save` store it as a draft."""
    return take_answer(AttemptQuestion.of(request, attempt, place))


@for_owner
def hint(request: HttpRequest, attempt: Attempt, place: int) -> HttpResponse:
    """Show one more hint."""
    return take_hint_request(AttemptQuestion.of(request, attempt, place))


@for_owner
def read(request: HttpRequest, attempt: Attempt, place: int) -> HttpResponse:
    """Say what the typed answer is read as."""
    return read_back(AttemptQuestion.of(request, attempt, place))


@for_owner
def mark(request: HttpRequest, attempt: Attempt, place: int) -> HttpResponse:
    """Store the learner's marks on an own text."""
    return take_marks(AttemptQuestion.of(request, attempt, place))


@for_owner
def draft(request: HttpRequest, attempt: Attempt, place: int) -> HttpResponse:
    """Store what is being typed: 200 `{"version", "saved_at"}`, and `shown`, the counts of the page, if
    there is an answer now where none was saved, or none any more.

    409 with `{"version", "saved_at", "fields"}` of the draft in force if another tab has saved another one;
    410 if the question was answered or the attempt handed in.
    """
    question = AttemptQuestion.of(request, attempt, place)
    if question.posted.is_stale:
        return stale_json(request)
    if not attempt.is_open:
        return JsonResponse({"error": _late_draft_sentence()}, status=410)
    if question.item.is_answered:
        return JsonResponse({"error": _("This question was answered in the meantime.")}, status=410)
    version = number_of(request.POST.get("version"), otherwise=0)
    was_saved = question.item.saved is not None
    stored, is_ours = Draft.objects.keep(question.item, question.posted.fields, version)
    body = {"version": stored.version, "saved_at": stored.saved_at.isoformat()}
    if question.item.is_answered_by(stored.fields) != was_saved:
        page = AttemptPage.of(attempt, wanted=place)
        body["shown"] = render_to_string("quizzes/counts.html", {"page": page}, request)
    return JsonResponse(
        body if is_ours else {**body, "fields": stored.fields}, status=200 if is_ours else 409
    )


def _late_draft_sentence() -> str:
    """The sentence for a learner who types on while another tab has handed in."""
    return _(
        "This attempt was handed in, perhaps in another tab. "
        "Your text stays on this page: copy what you need."
    )
