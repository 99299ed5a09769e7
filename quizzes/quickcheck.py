"""One question inside a lesson. A reader who only looks leaves no row: the question is shown without an attempt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.guests import learner_of
from quizzes.models import Attempt, Item, QuestionRevision
from quizzes.pages import QuestionOnPage
from quizzes.posted import Fields
from quizzes.querysets import quick_seed as quick_seed

_KEPT = "_quick_checks"


@dataclass
class _Known:
    """What a request has read already of one quiz: what it asks now, and the learner's latest go at each question."""

    revisions: dict[str, QuestionRevision] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)


def context(request: HttpRequest, quiz_slug: str, question_id: str) -> dict[str, Any]:
    """What `quizzes/quick_check.html` needs: `{"q": QuestionOnPage or None}`; None where there is no such question now.

    However many checks of one quiz a page holds, they cost three queries together, two while nothing was answered.
    """
    known = _known(request, quiz_slug)
    revision = known.revisions.get(question_id)
    if revision is None:
        return {"q": None}
    item = known.items.get(question_id)
    return {"q": on_page(request, item.revision if item else revision, item, back=request.path)}


def _known(request: HttpRequest, quiz_slug: str) -> _Known:
    kept: dict[str, _Known] = request.__dict__.setdefault(_KEPT, {})
    if quiz_slug not in kept:
        revisions = QuestionRevision.objects.current().filter(quiz__slug=quiz_slug).select_related("quiz")
        found = _Known({revision.question: revision for revision in revisions})
        learner = learner_of(request)
        if learner is not None and found.revisions:
            items = Item.objects.with_record().filter(attempt__learner=learner, attempt__quiz__slug=quiz_slug)
            for item in items.exclude(attempt__question="").select_related("attempt").order_by("attempt__number"):
                item.revision.quiz = found.revisions[next(iter(found.revisions))].quiz
                found.items[item.attempt.question] = item
        kept[quiz_slug] = found
    return kept[quiz_slug]


def on_page(
    request: HttpRequest, revision: QuestionRevision, item: Item | None, *, back: str, fields: Fields | None = None
) -> QuestionOnPage:
    """The question with the learner's answer, if there is one. `back` is the path of the lesson."""
    number = item.attempt.number if item else 1
    slug, question = revision.quiz.slug, revision.question
    page = QuestionOnPage.of(
        revision,
        item.variant if item else revision.variant(quick_seed(revision.digest, number)),
        prefix=f"check-{slug}-{question}-",
        heading="",
        fields=fields or {},
        hints_shown=item.hints_shown if item else 0,
        answer=item.given if item else None,
    )
    page.level = 3
    names = ("answer", "hint", "mark", "again")
    page.urls = {name: reverse(f"quizzes:quick_{name}", args=[slug, question]) for name in names}
    page.storage_key = f"draft:{page.dom_id}:{revision.digest[:12]}:{number}"
    page.hidden = {"back": back, "revision": revision.digest, "number": str(number)}
    return page


def latest(request: HttpRequest, revision: QuestionRevision) -> Item | None:
    """The learner's latest go at this question."""
    items = Item.objects.with_record().filter(
        attempt__in=Attempt.objects.of(learner_of(request)).filter(quiz=revision.quiz, question=revision.question)
    )
    item = items.select_related("attempt").order_by("-attempt__number").first()
    if item is not None:
        item.revision.quiz = revision.quiz
    return item
