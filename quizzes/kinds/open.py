"""`open`: an explanation in the learner's words, who then marks it against the rubric beside a model answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.kinds.author import Author, Piece
from quizzes.kinds.base import BAD, GOOD, Definition, Fields, Graded, Kind, Refused, Response, only
from quizzes.kinds.variants import Variant

LONGEST = 8000
PARTS = (0, 0.5, 1)
"""What a point of the rubric may count: none, half, whole."""

_POINT = re.compile(r"[-*] +\((?P<weight>[1-9])\) +(?P<text>.+)$")


class Open(Kind):
    """A response is the text. The evidence is `{"points": [1, 0.5, 0]}`, one number of PARTS for each point."""

    name = "open"
    title = gettext_lazy("Explain")
    look = "open"
    sections = frozenset({"Rubric", "Model answer"})
    list_form = "none"
    needs_evidence = True

    def parse(self, author: Author) -> Definition:
        """`### Rubric` with weighted points; `### Model answer`, or the explanation is it; `minutes`, optional."""
        model = author.sections.get("Model answer")
        return {
            "minutes": author.fields.whole("minutes", low=1, high=60, required=False),
            "rubric": self._rubric(author),
            "model": author.block(model[0]) if model else "",
        }

    def _rubric(self, author: Author) -> list[dict[str, Any]]:
        pieces = author.sections.get("Rubric")
        mend = "write `### Rubric` with lines `- (2) point`; the number is the weight, 1 to 9"
        if not pieces:
            author.problem(author.line, "an open question has no rubric", mend)
            return []
        points: list[dict[str, Any]] = []
        for piece in _points(pieces[0]):
            match = _POINT.match(piece.text)
            if match is None:
                author.problem(piece.line, "this is no point of a rubric", mend)
                continue
            points.append({"weight": int(match["weight"]), "html": author.inline(match["text"], piece.line)})
        return points

    def shown(self, definition: Definition, variant: Variant, fields: Fields) -> dict[str, Any]:
        """A field for a text."""
        return {"text": only(fields, "text"), "longest": LONGEST, "minutes": definition["minutes"]}

    def read(self, definition: Definition, variant: Variant, fields: Fields) -> Response:
        """The text, at most LONGEST characters."""
        text = only(fields, "text").replace("\r\n", "\n")
        if not text:
            raise Refused(_("Write your answer first."))
        if len(text) > LONGEST:
            raise Refused(
                _("Your answer has %(length)s characters. An answer has at most %(longest)s.")
                % {"length": len(text), "longest": LONGEST}
            )
        return text

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

    def told(
        self, definition: Definition, variant: Variant, response: Response, marks: Mapping[str, str]
    ) -> dict[str, Any]:
        """The text, the model answer, and the rubric."""
        rubric = [{"weight": point["weight"], "html": variant.html(point["html"])} for point in definition["rubric"]]
        return {"text": response, "model": variant.html(definition["model"]), "rubric": rubric}

    def describe(self, definition: Definition, variant: Variant, response: Response) -> str:
        """The text itself."""
        return str(response)


def points_of(definition: Definition, fields: Fields) -> list[float]:
    """The learner's marks from the fields `point-0`, `point-1`, …; raises Refused."""
    found = []
    for number in range(len(definition["rubric"])):
        given = only(fields, f"point-{number}")
        known = {f"{part:g}": float(part) for part in PARTS}
        if given not in known:
            raise Refused(_("Mark each point of the rubric: none, half or whole."))
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
