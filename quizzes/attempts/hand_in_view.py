"""Handing in an attempt: all answers of the form are recorded together, or none."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quizzes.answering.access import for_owner, stale_sentence
from quizzes.answering.answer_flow import finished_sentence, reused_sentence
from quizzes.answering.posted_answer import Action, PostedAnswer, action_of, is_stale
from quizzes.answering.understood import unconfirmed, understood
from quizzes.attempts.answer_views import keep_draft
from quizzes.attempts.attempt_page import AttemptPage, prefix_of
from quizzes.attempts.views import render_attempt
from quizzes.kinds import Response, UnreadableAnswer
from quizzes.models import Attempt, AttemptFinished, Item, SubmissionReused


@dataclass
class _ReadForm:
    """The form's answers: `ready` to be recorded, unreadable (`errors` by place), or `unanswered`."""

    ready: list[tuple[Item, Response, uuid.UUID, int | None]] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)
    unanswered: list[int] = field(default_factory=list)

    def add(self, item: Item, posted: PostedAnswer) -> None:
        """Read the answer to one question."""
        if not item.is_answered_by(posted.fields):
            self.unanswered.append(item.place)
            return
        try:
            response = item.revision.grader.read(item.revision.definition, item.variant, posted.fields)
        except UnreadableAnswer as error:
            self.errors[item.place] = str(error)
            return
        if sentence := unconfirmed(item.revision, item.variant, posted):
            self.errors[item.place] = sentence
        elif posted.submission is None:
            self.errors[item.place] = _("The form arrived incomplete. Send your answer again.")
        else:
            self.ready.append((item, response, posted.submission, posted.confidence))

    @property
    def problem(self) -> str:
        """What the learner has to look at, in sentences."""
        sentences = []
        if self.errors:
            places = ", ".join(map(str, self.errors))
            sentences.append(_("Look at these first: %(places)s.") % {"places": places})
        if self.unanswered:
            text = ngettext(
                "One question has no answer: %(places)s.",
                "%(count)s questions have no answer: %(places)s.",
                len(self.unanswered),
            )
            places = ", ".join(map(str, self.unanswered))
            sentences.append(text % {"count": len(self.unanswered), "places": places})
        return " ".join(sentences)


@for_owner
def hand_in(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Record all answers of the form and end the attempt; asks once more if questions are unanswered."""
    items = list(attempt.items.with_record())
    posted = {item.place: PostedAnswer.of(request, prefix_of(item.place), item.revision) for item in items}
    if not attempt.is_open:
        return _refuse_late(request, attempt, items, posted)
    items = [item for item in items if not item.is_answered]
    if is_stale(request):
        return _ask_again(request, attempt, posted, stale_sentence(), 403)
    if any(one.action is Action.SAVE for one in posted.values()):
        differ = [item.place for item in items if not keep_draft(item, posted[item.place])]
        if differ:
            sentence = _("Another tab changed these answers: %(places)s. For each, choose which text stays.")
            sentence %= {"places": ", ".join(map(str, differ))}
            return _ask_again(request, attempt, posted, sentence, 409)
        messages.success(request, _("Saved. You can continue later, here or wherever you log in."))
        return redirect(attempt)
    form = _ReadForm()
    if attempt.feedback_at_once:
        posted |= {item.place: _with_saved(item, posted[item.place]) for item in items}
    for item in items:
        item.attempt = attempt
        form.add(item, posted[item.place])
    if form.errors or (form.unanswered and action_of(request.POST) is not Action.HAND_IN_ANYWAY):
        return _ask_for_more(request, attempt, items, posted, form)
    try:
        with transaction.atomic():
            for item, response, submission, confidence in form.ready:
                attempt.record(item, response, submission, confidence)
            attempt.hand_in()
    except SubmissionReused:
        return _ask_again(request, attempt, posted, reused_sentence(), 409)
    except AttemptFinished:
        messages.info(request, finished_sentence())
    return redirect(attempt)


def _with_saved(item: Item, posted: PostedAnswer) -> PostedAnswer:
    """What the form sent, or what is saved, if the form did not contain the question."""
    if posted.submission is not None or (saved := item.saved) is None:
        return posted
    read = understood(item.revision, item.variant, saved.fields)
    return posted.with_saved(saved.fields, saved.version, read)


def _refuse_late(
    request: HttpRequest, attempt: Attempt, items: list[Item], posted: Mapping[int, PostedAnswer]
) -> HttpResponse:
    """Redirect to the result. If the form has other answers than the recorded ones, it came from another tab:
    then the result says so, and shows the texts that do not count.
    """
    recorded = {answer.submission for item in items if (answer := item.answer_or_none)}
    late = {
        item.place: one
        for item in items
        if item.is_answered_by((one := posted[item.place]).fields) and one.submission not in recorded
    }
    if not late:
        return redirect(attempt)
    page = AttemptPage.of(attempt)
    page.problem = finished_sentence()
    for place, one in late.items():
        page.question_at(place).not_counted = one.text
    return render_attempt(request, page, status=409)


def _ask_for_more(
    request: HttpRequest,
    attempt: Attempt,
    items: list[Item],
    posted: Mapping[int, PostedAnswer],
    form: _ReadForm,
) -> HttpResponse:
    """Show the form once more. What was typed is stored as well, in case the learner leaves now."""
    for item in items:
        keep_draft(item, posted[item.place])
    offer = 0 if form.errors else len(form.unanswered)
    return _ask_again(request, attempt, posted, form.problem, 422, errors=form.errors, offer=offer)


def _ask_again(
    request: HttpRequest,
    attempt: Attempt,
    posted: Mapping[int, PostedAnswer],
    problem: str,
    status: int,
    *,
    errors: Mapping[int, str] | None = None,
    offer: int = 0,
) -> HttpResponse:
    """Show the page with what was typed. `offer` is how many questions the learner may leave unanswered."""
    wanted = min(errors) if errors else None  # the page shows one question, or all
    page = AttemptPage.of(attempt, wanted=wanted, typed=posted, errors=errors)
    page.problem, page.offer_unanswered = problem, offer
    return render_attempt(request, page, status=status)
