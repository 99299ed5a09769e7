"""One question as a page shows it: the form before the answer, the feedback after it.

The key, the feedback and the explanation are put into the page only after the answer.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from quizzes.answering.posted_answer import Fields
from quizzes.answering.understood import understood
from quizzes.grammar.arithmetic import exact, written
from quizzes.kinds import Variant
from quizzes.kinds.graded_later.open import earned_of
from quizzes.models import Answer, Grade, QuestionRevision


@dataclass
class QuestionOnPage:
    """What the templates `quizzes/question.html` and `quizzes/kinds/*.html` read.

    `state` is `open`, `waiting` (answered, the grade comes later), `graded`, or `missed` (handed in
    without an answer). `form` is what the kind shows while the question is open, `feedback` what it shows
    afterwards. `prefix` begins the names of the form's fields; `fields` is what the learner typed,
    without the prefix. `version` is that of the draft on which `fields` were typed; `other` is the
    question with the text that another tab has saved since, None if there is none. `level` is the level
    of the heading, 3 inside a lesson. `storage_key` is where the browser keeps a copy of the draft.
    `not_counted` is typed text that is no answer: it came too late, or was never handed in. `understood`
    is what the typed text is read as. `own_form` is false if one form contains all questions.
    """

    revision: QuestionRevision
    variant: Variant
    prefix: str
    heading: str
    state: str = "open"
    form: dict[str, Any] = field(default_factory=dict)
    feedback: dict[str, Any] = field(default_factory=dict)
    stem: str = ""
    hints: list[str] = field(default_factory=list)
    hints_left: int = 0
    explanation: str = ""
    error: str = ""
    notice: str = ""
    fields: Fields = field(default_factory=dict)
    version: int = 0
    other: QuestionOnPage | None = None
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
    not_counted: str = ""
    understood: str = ""

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
            page.form = revision.grader.form(revision.definition, variant, fields)
            page.understood = understood(revision, variant, fields)
            return page
        page.grade = answer.grade if answer else None
        page.state = "missed" if answer is None else "graded" if page.grade else "waiting"
        page._add_feedback(answer)
        return page

    def _add_feedback(self, answer: Answer | None) -> None:
        revision, variant = self.revision, self.variant
        if answer is None:
            self.not_counted = (self.fields.get("text") or [""])[0]
            self.feedback = revision.grader.unanswered(revision.definition, variant)
            self.explanation = variant.html(revision.explanation)
            return
        marks = self.grade.marks if self.grade else {}
        self.feedback = revision.grader.feedback(revision.definition, variant, answer.response, marks)
        # A learner marks an own text with the explanation in view; a prediction that waits must not show it.
        if self.grade or revision.kind == "open":
            self.explanation = variant.html(revision.explanation)
        if self.grade and "measured" in self.grade.evidence:
            self.measured = written(exact(self.grade.evidence["measured"]))
            self.lab_run = str(self.grade.evidence.get("run", ""))

    def show_other(self, fields: Fields, version: int) -> None:
        """Show beside the form what another tab has saved, as `version` of the draft."""
        other = QuestionOnPage(self.revision, self.variant, f"{self.prefix}other-", "", fields=fields)
        other.form = self.revision.grader.form(self.revision.definition, self.variant, fields)
        other.version = version
        self.other = other

    @property
    def dom_id(self) -> str:
        """The id of the section, which is also its anchor."""
        return self.prefix.rstrip("-")

    @property
    def submission(self) -> str:
        """A new id for the form; a form that is sent twice carries the same one."""
        return str(uuid.uuid4())

    @property
    def marked_points(self) -> list[tuple[dict[str, Any], str, str]]:
        """The points of the rubric, each with what it earned of its weight, and `good`, `part` or `bad`."""
        points = self.grade.evidence.get("points", []) if self.grade else []
        return [
            (point, f"{part * point['weight']:g}", "good" if part == 1 else "part" if part else "bad")
            for point, part in zip(self.feedback.get("rubric", []), points, strict=False)
        ]

    @property
    def points_to_mark(self) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """The points of the rubric, each with what it may count; `chosen` is what the learner sent last."""
        labels = (("n", "0", _("None")), ("h", "0.5", _("Half")), ("w", "1", _("Whole")))
        return [
            (
                point,
                [
                    {
                        "key": key,
                        "value": value,
                        "label": label,
                        "chosen": value in self.fields.get(f"point-{number}", []),
                    }
                    for key, value, label in labels
                ],
            )
            for number, point in enumerate(self.feedback.get("rubric", []))
        ]

    @property
    def plot(self) -> dict[str, str]:
        """Positions of prediction and measurement in percent of the axis; {} before the run."""
        if not (self.measured and self.answer and self.grade):
            return {}
        return axis(self.answer.response, self.grade.evidence["measured"])

    @property
    def form_template(self) -> str:
        """The template that shows `form`."""
        return f"quizzes/kinds/{self.revision.grader.look}.html"

    @property
    def feedback_template(self) -> str:
        """The template that shows `feedback`."""
        return f"quizzes/feedback/{self.revision.grader.look}.html"

    @property
    def sure(self) -> str:
        """The value of the confidence that is chosen in the form, "" for none."""
        return (self.fields.get("sure") or [""])[0]

    @property
    def confidences(self) -> list[tuple[str, str]]:
        """Values and labels of the confidence."""
        return [(str(value), str(label)) for value, label in Answer.Confidence.choices]

    @property
    def commits(self) -> bool:
        """Whether the answer is a prediction, which is locked before the run that decides it."""
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
                result = _("Right.")
            case "part":
                percent = round(100 * self.grade.score) if self.grade else 0
                result = _("%(percent)s %% right.") % {"percent": percent}
            case "bad":
                result = _("Not right.")
            case "missed":
                return _("Not answered.")
            case _:
                return _("Waiting for your run.") if self.commits else _("Waiting for your marks.")
        if self.grade and "points" in self.grade.evidence:
            earned, most = earned_of(self.revision.definition, self.grade.evidence["points"])
            result = f"{result} {_('%(earned)s of %(most)s points.') % {'earned': earned, 'most': most}}"
        confidence = self.answer.confidence if self.answer else None
        if confidence is None:
            return result
        sure = {1: _("You called it a guess."), 2: _("You were fairly sure."), 3: _("You were certain.")}
        return f"{result} {sure[confidence]}"


def axis(predicted: Any, measured: Any) -> dict[str, str]:
    """Two numbers on one axis: the smaller at 25 % and the larger at 75 %, or both at 50 % if equal."""
    prediction, measurement = Fraction(predicted), exact(measured)
    if prediction == measurement:
        return {"predicted": "50", "measured": "50"}
    if prediction < measurement:
        return {"predicted": "25", "measured": "75"}
    return {"predicted": "75", "measured": "25"}
