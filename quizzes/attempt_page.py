"""What the page of an attempt shows: one question or all, the steps, and at the end the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _

from quizzes.models import Attempt, Item
from quizzes.pages import QuestionOnPage, on_page
from quizzes.posted import Fields


@dataclass(frozen=True)
class Step:
    """One mark of the progress line; `css` is a class of site.css."""

    place: int
    css: str
    label: str
    url: str
    is_current: bool


@dataclass
class AttemptPage:
    """An attempt for its template. `at` is the question that is shown, or None where all are."""

    attempt: Attempt
    questions: list[QuestionOnPage]
    steps: list[Step]
    at: int | None
    total: int
    answered: int
    waiting: int
    problem: str = ""
    offer_unanswered: int = 0
    left: list[int] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        attempt: Attempt,
        *,
        wanted: int | None = None,
        typed: Mapping[int, Fields] | None = None,
        errors: Mapping[int, str] | None = None,
    ) -> AttemptPage:
        """The page; two queries. `wanted` is the question asked for, `typed` what was just sent and not accepted."""
        items = list(attempt.items.with_record())
        at = _at(attempt, items, wanted)
        questions = [
            on_page(item, attempt, total=len(items), fields=(typed or {}).get(item.place))
            for item in items
            if at is None or item.place == at
        ]
        for question, item in zip(questions, [i for i in items if at is None or i.place == at], strict=True):
            question.error = (errors or {}).get(item.place, "")
            if at is not None:
                question.next_url, question.next_label = _next(attempt, items, at)
        return cls(
            attempt=attempt,
            questions=questions,
            steps=[_step(attempt, item, at) for item in items],
            at=at,
            total=len(items),
            answered=sum(item.given is not None for item in items),
            waiting=sum(item.given is not None and item.grade is None for item in items),
            left=[item.place for item in items if item.given is None],
        )

    def question_at(self, place: int) -> QuestionOnPage:
        """The question with that number, one of those shown."""
        return next(question for question in self.questions if question.dom_id == f"q{place}")

    @property
    def share(self) -> int:
        """The score in whole percent."""
        return round(self.attempt.score or 0)


def _at(attempt: Attempt, items: list[Item], wanted: int | None) -> int | None:
    """The question to show: the one asked for, else the first without an answer; None where all are shown."""
    if not attempt.feedback_at_once or (not attempt.is_open and wanted is None):
        return None
    if wanted is not None and 1 <= wanted <= len(items):
        return wanted
    return next((item.place for item in items if item.given is None), len(items))


def _next(attempt: Attempt, items: list[Item], at: int) -> tuple[str, str]:
    """Where to go on after a question, and the words for it: the next one without an answer, else the result."""
    left = [item.place for item in items if item.given is None and item.place != at]
    following = next((place for place in left if place > at), left[0] if left else None)
    if following is None or not attempt.is_open:
        return attempt.get_absolute_url(), _("See the result")
    return f"{attempt.get_absolute_url()}?q={following}", _("Next question")


def _step(attempt: Attempt, item: Item, at: int | None) -> Step:
    css, label = "", _("Question %(place)s")
    if item.given is None and not attempt.is_open:
        css, label = "wrong", _("Question %(place)s, not answered")
    elif item.given is not None and item.grade is None:
        css, label = "wait", _("Question %(place)s, waiting for its grade")
    elif item.grade is not None and item.grade.score >= 1:
        css, label = "right", _("Question %(place)s, right")
    elif item.grade is not None:
        css, label = "wrong", _("Question %(place)s, not all right")
    shown = item.place == at
    anchor = f"#q{item.place}"
    url = reverse("quizzes:attempt", kwargs={"attempt": attempt.pk})
    if at is not None:
        url += f"?q={item.place}"
    return Step(
        item.place, "now" if shown and item.given is None else css, label % {"place": item.place}, url + anchor, shown
    )
