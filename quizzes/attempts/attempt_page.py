"""What the page of an attempt shows: one question or all of them, the steps, and at the end the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from quizzes.answering.answer_flow import other_tab_sentence
from quizzes.answering.posted_answer import Choice, PostedAnswer
from quizzes.answering.question_page import QuestionOnPage
from quizzes.models import Attempt, Draft, Item


@dataclass(frozen=True)
class Step:
    """One mark of the progress line; `css` is a class of quizzes.css, "" for a question that is open."""

    place: int
    css: str
    label: str
    url: str
    is_current: bool


@dataclass
class AttemptPage:
    """An attempt for its template.

    `at` is the place of the question that is shown, None if all are. `blank` is how many questions have no
    answer and nothing saved. `problem` is a sentence about the whole form. `offer_unanswered` is how many
    questions the learner may leave unanswered by one more click.
    """

    attempt: Attempt
    questions: list[QuestionOnPage]
    steps: list[Step]
    at: int | None
    total: int
    answered: int
    waiting: int
    problem: str = ""
    offer_unanswered: int = 0
    blank: int = 0

    @classmethod
    def of(
        cls,
        attempt: Attempt,
        *,
        wanted: int | None = None,
        typed: Mapping[int, PostedAnswer] | None = None,
        errors: Mapping[int, str] | None = None,
    ) -> AttemptPage:
        """The page; two queries. `wanted` is the place of the question in the address; `typed` holds by place
        what was just sent and not accepted.
        """
        items = list(attempt.items.with_record())
        at = _at(attempt, items, wanted)
        questions = []
        for item in items:
            if at is not None and item.place != at:
                continue
            question = _on_page(item, attempt, total=len(items), typed=(typed or {}).get(item.place))
            said = other_tab_sentence() if question.other else ""
            question.error = (errors or {}).get(item.place, said)
            if at is not None:
                question.next_url, question.next_label = _next(attempt, items, at)
            questions.append(question)
        return cls(
            attempt=attempt,
            questions=questions,
            steps=[_step(attempt, item, at) for item in items],
            at=at,
            total=len(items),
            answered=attempt.answered_among(items),
            waiting=sum(item.is_answered and item.grade is None for item in items),
            blank=sum(not item.is_answered and item.saved is None for item in items),
        )

    def question_at(self, place: int) -> QuestionOnPage:
        """The question at that place, which must be one of those shown."""
        return next(question for question in self.questions if question.prefix == prefix_of(place))

    @property
    def share(self) -> int:
        """The score in whole percent."""
        return self.attempt.share


def prefix_of(place: int) -> str:
    """The prefix of the fields of the question at that place."""
    return f"q{place}-"


def _on_page(item: Item, attempt: Attempt, *, total: int, typed: PostedAnswer | None) -> QuestionOnPage:
    """The question with what was just sent, or with its draft; with both where another tab saved it."""
    draft = getattr(item, "draft", None)
    if typed and typed.choice is Choice.THEIRS:
        typed = None
    page = QuestionOnPage.of(
        item.revision,
        item.variant,
        prefix=prefix_of(item.place),
        heading=_("Question %(place)s of %(total)s") % {"place": item.place, "total": total},
        fields=typed.fields if typed else (draft.fields if draft else {}),
        hints_shown=item.hints_shown,
        answer=item.answer_or_none,
        finished=not attempt.is_open,
    )
    page.version = draft.version if draft else 0
    if page.state == "open" and typed and draft and _differ(item, typed, draft):
        page.version = typed.version
        page.show_other(draft.fields, draft.version)
    page.own_form = attempt.feedback_at_once
    page.storage_key = f"draft:{attempt.pk}:{item.place}"
    where = {"attempt": attempt.pk, "place": item.place}
    page.urls = {
        name: reverse(f"quizzes:{name}", kwargs=where) for name in ("answer", "hint", "draft", "mark", "read")
    }
    return page


def _differ(item: Item, typed: PostedAnswer, draft: Draft) -> bool:
    """Whether what was typed would write over another text than the one on which it was typed."""
    is_newer = typed.version != draft.version and typed.fields != draft.fields
    return is_newer and item.is_answered_by(typed.fields)


def _at(attempt: Attempt, items: list[Item], wanted: int | None) -> int | None:
    """The place to show: the wanted one, else the first without an answer; None if all are shown."""
    if not attempt.feedback_at_once or (not attempt.is_open and wanted is None):
        return None
    if wanted is not None and 1 <= wanted <= len(items):
        return wanted
    return next((item.place for item in items if not item.is_answered), len(items))


def _next(attempt: Attempt, items: list[Item], at: int) -> tuple[str, str]:
    """Address and label of the link after a question: to the next one without an answer, else the result."""
    left = [item.place for item in items if not item.is_answered and item.place != at]
    following = next((place for place in left if place > at), left[0] if left else None)
    if following is None or not attempt.is_open:
        return attempt.get_absolute_url(), _("See the result")
    return f"{attempt.get_absolute_url()}?q={following}", _("Next question")


def _step(attempt: Attempt, item: Item, at: int | None) -> Step:
    css, label = "", _("Question %(place)s")
    if not item.is_answered and not attempt.is_open:
        css, label = "blank", _("Question %(place)s, not answered")
    elif item.saved is not None:
        css, label = "saved", _("Question %(place)s, saved")
    elif item.is_answered and item.grade is None:
        css, label = "wait", _("Question %(place)s, waiting for its grade")
    elif item.grade is not None and item.grade.score >= 1:
        css, label = "right", _("Question %(place)s, right")
    elif item.grade is not None and item.grade.score > 0:
        css, label = "part", _("Question %(place)s, partly right")
    elif item.grade is not None:
        css, label = "wrong", _("Question %(place)s, not right")
    shown = item.place == at
    anchor = f"#q{item.place}"
    url = reverse("quizzes:attempt", kwargs={"attempt": attempt.pk})
    if at is not None:
        url += f"?q={item.place}"
    return Step(
        item.place,
        "now" if shown and not item.is_answered else css,
        label % {"place": item.place},
        url + anchor,
        shown,
    )
