"""One question inside a lesson.

A reader who only looks leaves no row: the question is shown without an attempt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.guests.guest_cookie import learner_of
from quizzes.answering.posted_answer import Fields
from quizzes.answering.question_page import QuestionOnPage
from quizzes.models import Attempt, Item, QuestionRevision
from quizzes.models.querysets import quick_seed

_READ_BEFORE = "_quick_checks"
"""The attribute of a request that holds what was read for it."""


@dataclass
class _ChecksOfQuiz:
    """What was read of one quiz, by question id: current questions, and the learner's latest items."""

    revisions: dict[str, QuestionRevision] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)


def context(request: HttpRequest, quiz_slug: str, question_id: str) -> dict[str, Any]:
    """What `quizzes/quick_check.html` needs: `{"q": QuestionOnPage}`, or `{"q": None}` if the quiz does not
    ask this question now.

    All checks of one quiz on a page cost three queries together, two as long as none was answered.
    """
    checks = _checks_of(request, quiz_slug)
    revision = checks.revisions.get(question_id)
    if revision is None:
        return {"q": None}
    item = checks.items.get(question_id)
    return {"q": on_page(item.revision if item else revision, item, back=request.path)}


def _checks_of(request: HttpRequest, quiz_slug: str) -> _ChecksOfQuiz:
    read: dict[str, _ChecksOfQuiz] = request.__dict__.setdefault(_READ_BEFORE, {})
    if quiz_slug not in read:
        revisions = QuestionRevision.objects.current().filter(quiz__slug=quiz_slug).select_related("quiz")
        checks = _ChecksOfQuiz({revision.question: revision for revision in revisions})
        learner = learner_of(request)
        if learner is not None and checks.revisions:
            quiz = next(iter(checks.revisions.values())).quiz
            items = Item.objects.with_record().filter(attempt__learner=learner, attempt__quiz__slug=quiz_slug)
            answered = items.exclude(attempt__question="").select_related("attempt")
            for item in answered.order_by("attempt__number"):
                item.revision.quiz = quiz
                checks.items[item.attempt.question] = item
        read[quiz_slug] = checks
    return read[quiz_slug]


def prefix_of(revision: QuestionRevision) -> str:
    """The prefix of the question's fields; it differs between the questions of a lesson."""
    return f"check-{revision.quiz.slug}-{revision.question}-"


def on_page(
    revision: QuestionRevision,
    item: Item | None,
    *,
    back: str,
    number: int = 1,
    fields: Fields | None = None,
) -> QuestionOnPage:
    """The question with the learner's answer, if there is one. `back` is the path of the lesson.

    `number` is the attempt's; it is used only while there is no item.
    """
    number = item.attempt.number if item else number
    slug, question = revision.quiz.slug, revision.question
    page = QuestionOnPage.of(
        revision,
        item.variant if item else revision.variant(quick_seed(revision.digest, number)),
        prefix=prefix_of(revision),
        heading="",
        fields=fields or {},
        hints_shown=item.hints_shown if item else 0,
        answer=item.answer_or_none if item else None,
    )
    page.level = 3
    names = ("answer", "hint", "mark", "again", "read")
    page.urls = {name: reverse(f"quizzes:quick_{name}", args=[slug, question]) for name in names}
    page.storage_key = f"draft:{page.dom_id}:{revision.digest[:12]}:{number}"
    page.hidden = {"back": back, "revision": revision.digest, "number": str(number)}
    return page


def item_of(request: HttpRequest, revision: QuestionRevision, number: int | None = None) -> Item | None:
    """The learner's item of this question in the attempt of that number, by default the latest attempt."""
    attempts = Attempt.objects.of(learner_of(request)).filter(quiz=revision.quiz, question=revision.question)
    if number is not None:
        attempts = attempts.filter(number=number)
    items = Item.objects.with_record().filter(attempt__in=attempts).select_related("attempt")
    item = items.order_by("-attempt__number").first()
    if item is not None:
        item.revision.quiz = revision.quiz
    return item
