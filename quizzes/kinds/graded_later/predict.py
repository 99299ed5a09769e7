"""`predict`: a number committed before a lab is run; the learner's own run is the key."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _

from quizzes.grammar.arithmetic import exact, written
from quizzes.grammar.author import AuthoredQuestion
from quizzes.grammar.variants import Variant
from quizzes.kinds.base import BAD, GOOD, Definition, Graded, Response
from quizzes.kinds.typed.values import Values

FILES = ("starter", "any")


class Predict(Values):
    """The evidence is `{"measured": number}`: the measure of the first ended run that matches `given`."""

    name = "predict"
    title = _("Predict a number")
    needs_evidence = True

    def parse(self, author: AuthoredQuestion) -> Definition:
        """`lab`, `measure`, `tolerance`, `unit`, `given`, and listed values, which only choose the
        feedback.
        """
        return {
            "lab": author.fields.slug("lab"),
            "measure": author.fields.text("measure", longest=60),
            "tolerance": author.number("tolerance", default="0"),
            "unit": author.fields.text("unit", longest=30, required=False),
            "given": self._given(author),
            "values": self.parse_values(author),
        }

    def _given(self, author: AuthoredQuestion) -> dict[str, Any]:
        author.fields.asked.add("given")
        given = author.fields.table.get("given", {})
        fix = 'write given = { files = "starter", knobs = { workers = 2 } }'
        if not isinstance(given, dict):
            author.fields.refuse("given", '"given" is not a table', fix)
            return {"files": "starter", "knobs": {}}
        for key in given:
            if key not in ("files", "knobs"):
                author.fields.refuse("given", f'"given" has no key "{key}"', fix)
        files, knobs = given.get("files", "starter"), given.get("knobs", {})
        if files not in FILES:
            author.fields.refuse(
                "given", f'files = "{files}" is not known', 'write files = "starter" or "any"'
            )
        if not isinstance(knobs, dict) or not all(
            isinstance(value, str | int | float) for value in knobs.values()
        ):
            author.fields.refuse("given", '"knobs" is not a table of numbers and words', fix)
            knobs = {}
        return {"files": files, "knobs": knobs}

    def grade(
        self, definition: Definition, variant: Variant, response: Response, evidence: Mapping[str, Any]
    ) -> Graded | None:
        """1 within the tolerance of what was measured, else 0; None while nothing was measured."""
        measured = evidence.get("measured")
        if measured is None:
            return None
        number = Fraction(response)
        right = abs(number - exact(measured)) <= variant.number(definition["tolerance"])
        matched = self.matched(definition, variant, number)
        marks = {} if matched is None else {str(matched): GOOD if right else BAD}
        return Graded(1.0 if right else 0.0, marks)

    def feedback(
        self, definition: Definition, variant: Variant, response: Response, marks: Mapping[str, str]
    ) -> dict[str, Any]:
        """The prediction, and once it is graded, the feedback for it. The grade's evidence has the measured
        number.
        """
        feedback = next((definition["values"][int(number)]["feedback"] for number in marks), "")
        return {
            "text": written(Fraction(response)),
            "unit": variant.text(definition["unit"]),
            "tolerance": self.tolerance(definition, variant),
            "lab": definition["lab"],
            "feedback": variant.html(feedback),
        }


def conditions(definition: Definition, variant: Variant) -> tuple[str, dict[str, Any]]:
    """Which runs count: `files` ("starter" or "any") and the values of knobs."""
    given = definition["given"]
    knobs = {
        name: _plain(variant, value) if isinstance(value, str) else value
        for name, value in given["knobs"].items()
    }
    return given["files"], knobs


def _plain(variant: Variant, value: str) -> Any:
    text = variant.text(value)
    if text == value:
        return value
    try:
        number = Fraction(text)
    except ValueError:
        return text
    return int(number) if number.denominator == 1 else float(number)
