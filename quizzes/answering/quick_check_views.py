"""Addresses of quick checks. htmx swaps the question in place; without a script the lesson is shown again."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.guests.guest_cookie import ensure_learner
from quizzes.answering import quick_check
from quizzes.answering.access import bounded, wants_part
from quizzes.answering.answer_flow import (
    AskedQuestion,
    read_back,
    take_answer,
    take_hint_request,
    take_marks,
)
from quizzes.answering.posted_answer import PostedAnswer, number_of
from quizzes.answering.question_page import QuestionOnPage
from quizzes.models import Attempt, Item, QuestionRevision
from quizzes.models.querysets import quick_seed


class QuickCheck(AskedQuestion):
    """A question inside a lesson. Its attempt is made with the first thing worth storing."""

    keeps_drafts = False

    @classmethod
    def of(cls, request: HttpRequest, slug: str, question: str) -> QuickCheck:
        """The question in the wording that the form showed, else in the current one; raises Http404."""
        wordings = QuestionRevision.objects.filter(quiz__slug=slug, question=question).select_related("quiz")
        shown = wordings.filter(digest=request.POST.get("revision", "")[:64]).first()
        revision = shown or wordings.current().first()
        if revision is None:
            raise Http404
        posted = PostedAnswer.of(request, quick_check.prefix_of(revision), revision)
        number = number_of(request.POST.get("number"), otherwise=1)
        item = quick_check.item_of(request, revision, number)
        return cls(request, posted, revision, quick_seed(revision.digest, number), item, number)

    def __init__(
        self,
        request: HttpRequest,
        posted: PostedAnswer,
        revision: QuestionRevision,
        seed: int,
        item: Item | None,
        number: int,
    ) -> None:
        super().__init__(request, posted, revision, seed, item)
        self.number = number

    @property
    def back(self) -> str:
        """The path of the lesson; an address of another host is never followed."""
        path = self.request.POST.get("back", "")
        is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
        return path.partition("#")[0] if is_ours else "/"

    @property
    def prefix(self) -> str:
        """The prefix of the question's fields in its lesson."""
        return quick_check.prefix_of(self.revision)

    def begin(self) -> Item:
        """The item of the attempt with the posted number."""
        if self.item is None:
            attempt = Attempt.objects.begin_quick(ensure_learner(self.request), self.revision, self.number)
            self.item = attempt.items.with_record().get()
            self.item.attempt, self.item.revision.quiz = attempt, self.revision.quiz
        return self.item

    def keep_draft(self) -> bool:
        """Store nothing: the browser keeps drafts of quick checks."""
        return True

    def keep_drafts_of_page(self) -> bool:
        """Store nothing: the browser keeps drafts of quick checks."""
        return True

    def show(self, notice: str = "", *, not_counted: str = "") -> HttpResponse:
        """The learner's latest attempt at the question: a part for htmx, else the lesson."""
        if not wants_part(self.request):
            if notice:
                messages.info(self.request, notice)
            return redirect(f"{self.back}#{quick_check.prefix_of(self.revision).rstrip('-')}")
        item = quick_check.item_of(self.request, self.revision)
        page = quick_check.on_page(item.revision if item else self.revision, item, back=self.back)
        page.notice = notice
        page.not_counted = not_counted or page.not_counted
        return render(self.request, "quizzes/question.html", {"q": page})

    def show_hints(self, *, is_kept: bool = True) -> HttpResponse:
        """The hints: a part for htmx, else a page of their own if something was typed, else the lesson."""
        if not wants_part(self.request) and not self.posted.fields:
            return self.show()
        page = self._form()
        if wants_part(self.request):
            return render(self.request, "quizzes/hints.html", {"q": page, "asked": True})
        # A redirect to the lesson would lose what was typed.
        page.level = 2
        return render(self.request, "quizzes/quick_page.html", {"q": page, "back": self.back})

    def ask_again(self, error: str, status: int) -> HttpResponse:
        """The form with the error: a part for htmx, else a page of its own."""
        page = self._form()
        page.error = error
        if wants_part(self.request):
            return render(self.request, "quizzes/question.html", {"q": page})
        page.level = 2
        context = {"q": page, "back": self.back}
        return render(self.request, "quizzes/quick_page.html", context, status=status)

    def _form(self) -> QuestionOnPage:
        revision = self.item.revision if self.item else self.revision
        return quick_check.on_page(
            revision, self.item, back=self.back, number=self.number, fields=self.posted.fields
        )


@bounded
def answer(request: HttpRequest, slug: str, question: str) -> HttpResponse:
    return take_answer(QuickCheck.of(request, slug, question))


@bounded
def hint(request: HttpRequest, slug: str, question: str) -> HttpResponse:
    """Show one more hint."""
    return take_hint_request(QuickCheck.of(request, slug, question))


@bounded
def read(request: HttpRequest, slug: str, question: str) -> HttpResponse:
    """Say what the typed answer is read as."""
    return read_back(QuickCheck.of(request, slug, question))


@bounded
def mark(request: HttpRequest, slug: str, question: str) -> HttpResponse:
    """Store the learner's marks on an own text."""
    return take_marks(QuickCheck.of(request, slug, question))


@bounded
def again(request: HttpRequest, slug: str, question: str) -> HttpResponse:
    """Ask the question again, with other values and another order if it has them.

    Earlier answers are kept.
    """
    asked = QuickCheck.of(request, slug, question)
    item = quick_check.item_of(request, asked.revision)
    if item is not None and item.is_answered and not asked.posted.is_stale:
        current = QuestionRevision.objects.current().filter(quiz=asked.revision.quiz, question=question)
        latest = current.select_related("quiz").first() or asked.revision
        number = number_of(request.POST.get("number"), otherwise=item.attempt.number)
        if number == item.attempt.number:  # a double click asks once
            Attempt.objects.begin_quick(ensure_learner(request), latest, number + 1)
    return asked.show()
