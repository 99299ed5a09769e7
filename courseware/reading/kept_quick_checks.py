"""Quick checks of a lesson, kept as text.

Building and rendering one form takes longer than the rest of a lesson's page. So a form is rendered once for
all who have not used it, and a question that a learner has answered once for each state of that answer. The
texts have placeholders instead of the CSRF token and the form id, and each response replaces them by values
of its own. Placeholders are random and new in each process, so no text of the course can contain one.
"""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.core.cache import caches
from django.db.models import BigAutoField, CharField, Max
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import get_language

from accounts.guests.guest_cookie import learner_of
from accounts.pages.prepared_reads import Given, PreparedRead
from quizzes.answering import quick_check
from quizzes.models import Item

TEMPLATE = "quizzes/quick_check.html"
TOKEN, FORM_ID = secrets.token_hex(32), secrets.token_hex(32)
_STATES = PreparedRead(
    lambda: (
        Item.objects.filter(
            attempt__learner=Given("learner", BigAutoField()), attempt__quiz__slug=Given("quiz", CharField())
        )
        .exclude(attempt__question="")
        .annotate(last_grade=Max("answer__grades"))
        .order_by("attempt__number")
        .values_list("attempt__question", "pk", "hints_shown", "answer", "last_grade")
    )
)
"""All that the page shows of a learner in one quick check. Answers and grades are append-only, and a wording
changes only with the content, so the same keys always mean the same text.
"""


class _WithPlaceholder:
    """A question on a page with the placeholder as its form id."""

    submission = FORM_ID

    def __init__(self, question: Any) -> None:
        self._question = question

    def __getattr__(self, name: str) -> Any:
        return getattr(self._question, name)


class LessonChecks:
    """The quick checks of one lesson, for one request."""

    def __init__(self, request: HttpRequest, parts: list[dict[str, Any]], version: str) -> None:
        self.request, self.version = request, version
        self.states: dict[tuple[str, str], str] = {}
        self._token = ""
        learner = learner_of(request)
        if learner is not None and version:
            # One query a quiz: a lesson's checks are nearly always questions of its own quiz.
            for quiz in {part["quiz"] for part in parts if part["kind"] == "quick-check"}:
                for question, *state in _STATES.rows(learner=learner.pk, quiz=quiz):
                    # The last attempt at a question overwrites the earlier ones.
                    self.states[quiz, question] = ":".join(map(str, state))

    def part(self, quiz: str, question: str) -> dict[str, Any] | None:
        """The part of the lesson for its template, or None if the quiz does not ask this question now."""
        if not self.version:
            shown = quick_check.context(self.request, quiz, question)
            return None if shown["q"] is None else {**shown, "template": TEMPLATE}
        text = self._kept_text(quiz, question)
        return {"kind": "html", "html": self._filled(text)} if text else None

    def _kept_text(self, quiz: str, question: str) -> str:
        """The question with placeholders, or "" if the quiz does not ask it."""
        # The path is part of the key because the form contains it, as the page to return to. The state begins
        # with the id of the learner's own item, so nobody gets the text of somebody else's answer.
        state = self.states.get((quiz, question), "")
        key = f"check:{self.version}:{get_language()}:{quiz}:{question}:{self.request.path}:{state}"
        text: str | None = caches["fragments"].get(key)
        if text is None:
            q = quick_check.context(self.request, quiz, question)["q"]
            shown = {"q": _WithPlaceholder(q), "csrf_token": TOKEN}
            text = "" if q is None else render_to_string(TEMPLATE, shown)
            caches["fragments"].set(key, text)
        return text

    def _filled(self, text: str) -> str:
        # One token for all forms of a response, as in a template: to make one costs as much as a query.
        self._token = self._token or get_token(self.request)
        return text.replace(TOKEN, self._token).replace(FORM_ID, str(uuid.uuid4()))
