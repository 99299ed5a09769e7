"""`open`: an explanation in the learner's words, who then marks it against the rubric beside a model
answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.grammar.author import AuthoredQuestion, Piece
from quizzes.grammar.variants import Variant
from quizzes.kinds.base import BAD, GOOD, Definition, Fields, Graded, Kind, Response, UnreadableAnswer, only

LONGEST = 8000
PARTS = (0, 0.5, 1)
"""What a point of the rubric may count: none, half, whole."""

_POINT = re.compile(r"[-*] +\((?P<weight>[1-9])\) +(?P<text>.+)$")


class Open(Kind):
    """A response is the text. The evidence is `{"points": [1, 0.5, 0]}`, one number of PARTS for each
    point.
    """

    name = "open"
    title = gettext_lazy("Explain")
    look = "open"
    sections = frozenset({"Rubric", "Model answer"})
    list_form = "none"
    needs_evidence = True

    def parse(self, author: AuthoredQuestion) -> Definition:
        """`### Rubric` with weighted points; `### Model answer`, or the explanation is it; `minutes`,
        optional.
        """
        model = author.sections.get("Model answer")
        return {
            "minutes": author.fields.whole("minutes", low=1, high=60, required=False),
            "rubric": self._rubric(author),
            "model": author.block(model[0]) if model else "",
        }

    def _rubric(self, author: AuthoredQuestion) -> list[dict[str, Any]]:
        pieces = author.sections.get("Rubric")
        fix = "write `### Rubric` with lines `- (2) point`; the number is the weight, 1 to 9"
        if not pieces:
            author.problem(author.line, "an open question has no rubric", fix)
            return []
        points: list[dict[str, Any]] = []
        for piece in _points(pieces[0]):
            match = _POINT.match(piece.text)
            if match is None:
                author.problem(piece.line, "this is no point of a rubric", fix)
                continue
            points.append({"weight": int(match["weight"]), "html": author.inline(match["text"], piece.line)})
        return points

    def form(self, definition: Definition, variant: Variant, fields: Fields) -> dict[str, Any]:
        """A field for a text."""
        return {"text": _as_typed(fields), "longest": LONGEST, "minutes": definition["minutes"]}

    def read(self, definition: Definition, variant: Variant, fields: Fields) -> Response:
        """The text, at most LONGEST characters."""
        text = _as_typed(fields)
        if not text:
            raise UnreadableAnswer(_("Write your answer first."))
        if len(text) > LONGEST:
            raise UnreadableAnswer(
                _("Your answer has %(length)s characters. An answer has at most %(longest)s.")
                % {"length": len(text), "longest": LONGEST}
            )
        return text

    def form_size(self, definition: Definition) -> tuple[int, int]:
        """One field with a text."""
        return 1, LONGEST

    def field_names(self, definition: Definition) -> frozenset[str]:
        """The text, and afterwards the marks on it."""
        return frozenset({"text", *(f"point-{number}" for number in range(len(definition["rubric"])))})

    def grade(
        self, definition: Definition, variant: Variant, response: Response, evidence: Mapping[str, Any]
    ) -> Graded | None:
        """The weighted share of the points; None until the learner has marked the answer."""
        points = evidence.get("points")
        if points is None:
            return None
        weights = [point["weight"] for point in definition["rubric"]]
        earned = sum(weight * part for weight, part in zip(weights, points, strict=True))
        marks = {str(number): GOOD if part else BAD for number, part in enumerate(points)}
        return Graded(earned / sum(weights), marks)

    def feedback(
        self, definition: Definition, variant: Variant, response: Response, marks: Mapping[str, str]
    ) -> dict[str, Any]:
        """The text, the model answer, and the rubric."""
        rubric = [
            {"weight": point["weight"], "html": variant.html(point["html"])} for point in definition["rubric"]
        ]
        return {"text": response, "model": variant.html(definition["model"]), "rubric": rubric}

    def unanswered(self, definition: Definition, variant: Variant) -> dict[str, Any]:
        """The model answer and the rubric."""
        return self.feedback(definition, variant, "", {})

    def describe(self, definition: Definition, variant: Variant, response: Response) -> str:
        """The text itself."""
        return str(response)


def _as_typed(fields: Fields) -> str:
    """The text with its indentation, which an answer with code needs; without blank lines around it."""
    lines = [line.rstrip() for line in (fields.get("text") or [""])[0].replace("\r\n", "\n").split("\n")]
    return "\n".join(lines).strip("\n")


def earned_of(definition: Definition, points: Iterable[float]) -> tuple[str, int]:
    """What the marks earn and the most that there is, both as sums of the rubric's weights: ("3.5", 5)."""
    weights = [point["weight"] for point in definition["rubric"]]
    earned = sum(weight * part for weight, part in zip(weights, points, strict=False))
    return f"{earned:g}", sum(weights)


def points_of(definition: Definition, fields: Fields) -> list[float]:
    """The learner's marks from the fields `point-0`, `point-1`, …; raises UnreadableAnswer."""
    found = []
    for number in range(len(definition["rubric"])):
        given = only(fields, f"point-{number}")
        known = {f"{part:g}": float(part) for part in PARTS}
        if given not in known:
            raise UnreadableAnswer(_("Mark each point of the rubric: none, half or whole."))
        found.append(known[given])
    return found


def _points(piece: Piece) -> list[Piece]:
    """The entries of a list; indented lines go on with the entry above."""
    found: list[Piece] = []
    for number, raw in enumerate(piece.text.splitlines(), piece.line):
        if not raw.strip():
            continue
        if found and raw[0].isspace():
            found[-1] = Piece(f"{found[-1].text} {raw.strip()}", found[-1].line)
        else:
            found.append(Piece(raw.rstrip(), number))
    return found
