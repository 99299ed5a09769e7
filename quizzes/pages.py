"""One question as a page shows it: the form before the answer, the feedback after it. The key enters only after it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from quizzes.kinds import Variant
from quizzes.kinds.arithmetic import exact, written
from quizzes.models import Answer, Attempt, Grade, Item, QuestionRevision
from quizzes.posted import Fields


@dataclass
class QuestionOnPage:
    """What the templates `quizzes/question.html` and `quizzes/kinds/*.html` read.

    `state` is `open`, `waiting` (answered, the grade comes later), `told` (answered and graded) or `missed` (handed in
    without an answer). `shown` is set while it is open, `told` afterwards.
    """

    revision: QuestionRevision
    variant: Variant
    prefix: str
    heading: str
    state: str = "open"
    shown: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    stem: str = ""
    hints: list[str] = field(default_factory=list)
    hints_left: int = 0
    explanation: str = ""
    error: str = ""
    notice: str = ""
    fields: Fields = field(default_factory=dict)
    version: int = 0
    answer: Answer | None = None
    grade: Grade | None = None
    urls: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    own_form: bool = True
    level: int = 2
    storage_key: str = ""
    next_url: str = ""
    next_label: str = ""
    lab_run: str = ""
    measured: str = ""

    @classmethod
    def of(
        cls,
        revision: QuestionRevision,
        variant: Variant,
        *,
        prefix: str,
        heading: str,
        fields: Fields,
        hints_shown: int,
        answer: Answer | None = None,
        finished: bool = False,
    ) -> QuestionOnPage:
        """The question with what the learner typed (`fields`) or answered."""
        page = cls(revision, variant, prefix, heading, fields=fields, answer=answer)
        page.stem = variant.html(revision.stem)
        page.hints = [variant.html(hint) for hint in revision.hints[:hints_shown]]
        page.hints_left = len(revision.hints) - len(page.hints)
        if answer is None and not finished:
            page.shown = revision.grader.shown(revision.definition, variant, fields)
            return page
        page.grade = answer.grade if answer else None
        page.state = "missed" if answer is None else "told" if page.grade else "waiting"
        page._tell(answer)
        return page

    def _tell(self, answer: Answer | None) -> None:
        revision, variant = self.revision, self.variant
        if answer is None:
            self.explanation = variant.html(revision.explanation)
            return
        marks = self.grade.marks if self.grade else {}
        self.told = revision.grader.told(revision.definition, variant, answer.response, marks)
        if self.grade or revision.kind == "open":
            self.explanation = variant.html(revision.explanation)
        if self.grade and "measured" in self.grade.evidence:
            self.measured = written(exact(self.grade.evidence["measured"]))
            self.lab_run = str(self.grade.evidence.get("run", ""))

    @property
    def dom_id(self) -> str:
        """The section's id, also its anchor."""
        return self.prefix.rstrip("-")

    @property
    def submission(self) -> str:
        """A new id for the form; a form that is sent twice carries the same one."""
        return str(uuid.uuid4())

    @property
    def marked_points(self) -> list[tuple[dict[str, Any], str]]:
        """The points of the rubric with what the learner gave each."""
        points = self.grade.evidence.get("points", []) if self.grade else []
        return [(point, f"{part:g}") for point, part in zip(self.told.get("rubric", []), points, strict=False)]

    @property
    def plot(self) -> dict[str, str]:
        """Where prediction and measurement stand on their axis, in percent of its width; empty before the run."""
        return (
            axis(self.answer.response, self.grade.evidence["measured"])
            if self.measured and self.answer and self.grade
            else {}
        )

    @property
    def form_template(self) -> str:
        return f"quizzes/kinds/{self.revision.grader.look}.html"

    @property
    def told_template(self) -> str:
        return f"quizzes/told/{self.revision.grader.look}.html"

    @property
    def sure(self) -> str:
        """The confidence that is chosen in the form."""
        return (self.fields.get("sure") or [""])[0]

    @property
    def confidences(self) -> list[tuple[str, str]]:
        """Values and labels of the confidence."""
        return [(str(value), str(label)) for value, label in Answer.Confidence.choices]

    @property
    def commits(self) -> bool:
        """Whether the answer is a prediction, which is locked before a run."""
        return self.revision.kind == "predict"

    @property
    def outcome(self) -> str:
        """`good`, `part`, `bad`, `wait` or `missed`: the state in one word, for classes and icons."""
        if self.state in ("missed", "open"):
            return self.state
        if self.grade is None:
            return "wait"
        return "good" if self.grade.score >= 1 else "part" if self.grade.score > 0 else "bad"

    @property
    def verdict(self) -> str:
        """The outcome in words: what happened, and how sure the learner was."""
        match self.outcome:
            case "good":
                said = _("Right.")
            case "part":
                said = _("%(percent)s %% right.") % {"percent": round(100 * self.grade.score) if self.grade else 0}
            case "bad":
                said = _("Not right.")
            case "missed":
                return _("Not answered.")
            case _:
                return _("Waiting for your run.") if self.commits else _("Waiting for your marks.")
        confidence = self.answer.confidence if self.answer else None
        if confidence is None:
            return said
        sure = {1: _("You called it a guess."), 2: _("You were fairly sure."), 3: _("You were certain.")}
        return f"{said} {sure[confidence]}"


def axis(predicted: Any, measured: Any) -> dict[str, str]:
    """Two numbers on one axis, the smaller at 25 % and the larger at 75 %; both at 50 % where they are equal."""
    mine, seen = Fraction(predicted), exact(measured)
    places = ("50", "50") if mine == seen else ("25", "75") if mine < seen else ("75", "25")
    return {"predicted": places[0], "measured": places[1]}


def on_page(item: Item, attempt: Attempt, *, total: int, fields: Fields | None = None) -> QuestionOnPage:
    """A question of an attempt at a whole quiz. `fields` are those just sent, if any, else the draft's."""
    draft = getattr(item, "draft", None)
    page = QuestionOnPage.of(
        item.revision,
        item.variant,
        prefix=f"q{item.place}-",
        heading=_("Question %(place)s of %(total)s") % {"place": item.place, "total": total},
        fields=fields if fields is not None else (draft.fields if draft else {}),
        hints_shown=item.hints_shown,
        answer=item.given,
        finished=not attempt.is_open,
    )
    page.version = draft.version if draft else 0
    page.own_form = attempt.feedback_at_once
    page.storage_key = f"draft:{attempt.pk}:{item.place}"
    where = {"attempt": attempt.pk, "place": item.place}
    page.urls = {name: reverse(f"quizzes:{name}", kwargs=where) for name in ("answer", "hint", "draft", "mark")}
    return page
