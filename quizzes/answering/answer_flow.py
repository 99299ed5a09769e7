"""Takes an answer, a hint or marks in the same way on a quiz's page and inside a lesson.

The steps of an answer: is the form stale? was the question answered before? is the attempt open? read the
response, record it, show the question again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from quizzes.answering.access import stale_sentence
from quizzes.answering.posted_answer import Action, PostedAnswer
from quizzes.answering.understood import unconfirmed, understood, unreadable
from quizzes.kinds import UnreadableAnswer
from quizzes.kinds.graded_later.open import points_of
from quizzes.models import Answer, AttemptFinished, Item, QuestionRevision, SubmissionReused


class AskedQuestion(ABC):
    """A question as a form asked it, and the page that shows it again.

    `revision` and `seed` are those that the form showed. `item` is the row of the question in its attempt;
    inside a lesson it is None until there is something to store.
    """

    keeps_drafts: ClassVar[bool]
    """Whether the server stores drafts of this question. Inside a lesson only the browser does."""

    def __init__(
        self,
        request: HttpRequest,
        posted: PostedAnswer,
        revision: QuestionRevision,
        seed: int,
        item: Item | None,
    ) -> None:
        self.request = request
        self.posted = posted
        self.revision = revision
        self.seed = seed
        self.item = item

    @property
    @abstractmethod
    def prefix(self) -> str:
        """The prefix of the question's fields."""

    @abstractmethod
    def begin(self) -> Item:
        """The item to record in, made if there is none yet."""

    @abstractmethod
    def keep_draft(self) -> bool:
        """Store what was typed, if `keeps_drafts`. False if another tab's text is stored: it stays."""

    @abstractmethod
    def keep_drafts_of_page(self) -> bool:
        """Store what was typed at every question of the form, as `keep_draft` does. False if another tab's
        text stays at one of them.
        """

    @abstractmethod
    def show(self, notice: str = "", *, not_counted: str = "") -> HttpResponse:
        """The question as it is recorded now; `not_counted` is text that was typed too late."""

    @abstractmethod
    def show_hints(self, *, is_kept: bool = True) -> HttpResponse:
        """The hints that the learner has seen, with what was typed; `is_kept` is false if only the form has
        it.
        """

    @abstractmethod
    def ask_again(self, error: str, status: int) -> HttpResponse:
        """The form once more, with what was typed and what is wrong; `status` is for a whole page."""


def take_answer(question: AskedQuestion) -> HttpResponse:
    """Record the posted answer, or store it as a draft if the learner wants that."""
    posted, item = question.posted, question.item
    if posted.is_stale:
        return question.ask_again(stale_sentence(), 403)
    if item is not None and item.answer_or_none is not None:
        return _show_recorded(question, item.answer_or_none)
    if item is not None and not item.attempt.is_open:
        return question.show(finished_sentence(), not_counted=posted.text)
    if posted.action is Action.SAVE and question.keeps_drafts:
        if not question.keep_draft():
            return question.ask_again(other_tab_sentence(), 409)
        return question.show(_("Saved. You can continue later, here or wherever you log in."))
    if posted.submission is None:
        return question.ask_again(_("The form arrived incomplete. Send your answer again."), 400)
    try:
        variant = question.revision.variant(question.seed)
        response = question.revision.grader.read(question.revision.definition, variant, posted.fields)
    except UnreadableAnswer as error:
        question.keep_draft()
        return question.ask_again(str(error), 422)
    if sentence := unconfirmed(question.revision, variant, posted):
        question.keep_draft()
        return question.ask_again(sentence, 422)
    item = question.begin()
    if (item.revision_id, item.seed) != (question.revision.pk, question.seed):
        return question.show(_("This question was changed in the meantime. This is the question now."))
    try:
        answer = item.attempt.record(item, response, posted.submission, posted.confidence)
    except SubmissionReused:
        return question.ask_again(reused_sentence(), 409)
    except AttemptFinished:
        return question.show(finished_sentence(), not_counted=posted.text)
    return _show_recorded(question, answer)


def _show_recorded(question: AskedQuestion, answer: Answer) -> HttpResponse:
    """The answer in force; a learner who sent another one reads why that one does not count."""
    if answer.submission == question.posted.submission:
        return question.show()
    return question.show(
        _("This question was answered before, perhaps in another tab. The first answer stands."),
        not_counted=question.posted.text,
    )


def take_hint_request(question: AskedQuestion) -> HttpResponse:
    """Show one more hint, and keep what was typed in the meantime."""
    posted = question.posted
    if posted.is_stale:
        return question.ask_again(stale_sentence(), 403)
    item, is_kept = question.begin(), True
    if not item.is_answered and item.attempt.is_open:
        is_kept = question.keep_drafts_of_page()
        # A double click asks twice for the same hint: the form of both showed as many hints.
        if posted.hints_seen is None or posted.hints_seen >= item.hints_shown:
            item.show_hint()
    return question.show_hints(is_kept=is_kept)


def read_back(question: AskedQuestion) -> HttpResponse:
    """What the typed answer is read as, or why it cannot be read, for the line below its field. Changes
    nothing.
    """
    variant = question.revision.variant(question.seed)
    read = understood(question.revision, variant, question.posted.fields)
    unread = unreadable(question.revision, variant, question.posted.fields)
    context = {"understood": read, "unread": unread, "prefix": question.prefix}
    return render(question.request, "quizzes/understood.html", context)


def take_marks(question: AskedQuestion) -> HttpResponse:
    """Grade an own text by the learner's marks, point by point of the rubric; the first marks count."""
    if question.posted.is_stale:
        return question.ask_again(stale_sentence(), 403)
    item = question.item
    answer = item.answer_or_none if item else None
    if item is None or answer is None or item.grade is not None or item.revision.kind != "open":
        return question.show()
    try:
        points = points_of(item.revision.definition, question.posted.fields)
    except UnreadableAnswer as error:
        return question.ask_again(str(error), 422)
    answer.item = item
    answer.grade_waiting({"points": points})
    return question.show()


def finished_sentence() -> str:
    """The sentence for an answer that came after the hand-in, for instance from a second tab."""
    return _("This attempt was handed in. It takes no more answers.")


def other_tab_sentence() -> str:
    """The sentence for a text that was typed while another tab saved another one."""
    return _("Another tab changed this answer. Choose which text stays.")


def reused_sentence() -> str:
    """The sentence for a form whose id was used for another question."""
    return _("This form was sent before. Send your answer again.")
