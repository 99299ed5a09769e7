"""`numeric`: a number within `tolerance` of `answer`, in `unit`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _

from quizzes.grammar.arithmetic import Unclear, is_terminating, written
from quizzes.grammar.author import AuthoredQuestion
from quizzes.grammar.variants import Variant
from quizzes.kinds.base import BAD, GOOD, Collision, Definition, Graded, Response
from quizzes.kinds.typed.values import Values


class Numeric(Values):
    name = "numeric"
    title = _("A number")

    def parse(self, author: AuthoredQuestion) -> Definition:
        """`answer`, `tolerance`, `unit`, and the listed values that have feedback of their own."""
        return {
            "answer": author.number("answer"),
            "tolerance": author.number("tolerance", default="0"),
            "unit": author.fields.text("unit", longest=30, required=False),
            "values": self.parse_values(author),
        }

    def collisions(self, definition: Definition, variant: Variant) -> Iterator[Collision]:
        """A distractor that would be accepted, a key that would not, two values that are one."""
        answer, tolerance = variant.number(definition["answer"]), variant.number(definition["tolerance"])
        if tolerance < 0:
            yield Collision(None, "the tolerance is negative", "write 0 or more")
        if tolerance == 0 and not is_terminating(answer):
            yield Collision(
                None, f"the answer {written(answer)} has no end", "give it a tolerance, or round() it"
            )
        seen: dict[Fraction, int] = {}
        for number, value in enumerate(definition["values"]):
            listed = variant.number(value["value"])
            right = abs(listed - answer) <= tolerance
            if right and not value["key"]:
                what = f"the wrong value {written(listed)} would be accepted for {written(answer)}"
                yield Collision(number, what, "choose other values, or a smaller tolerance")
            if value["key"] and not right:
                what = f"the value {written(listed)} is marked [x] and the answer is {written(answer)}"
                yield Collision(number, what, "mark the answer itself")
            if listed in seen:
                yield Collision(number, f"two listed values are {written(listed)}", "choose other values")
            seen[listed] = number

    def grade(
        self, definition: Definition, variant: Variant, response: Response, evidence: Mapping[str, Any]
    ) -> Graded:
        """1 within the tolerance, else 0."""
        number = Fraction(response)
        right = abs(number - variant.number(definition["answer"])) <= variant.number(definition["tolerance"])
        matched = self.matched(definition, variant, number)
        marks = {} if matched is None else {str(matched): GOOD if right else BAD}
        return Graded(1.0 if right else 0.0, marks)

    def feedback(
        self, definition: Definition, variant: Variant, response: Response, marks: Mapping[str, str]
    ) -> dict[str, Any]:
        """The number that was typed, the answer, and the feedback for it."""
        feedback = next((definition["values"][int(number)]["feedback"] for number in marks), "")
        return {
            **self.unanswered(definition, variant),
            "text": written(Fraction(response)),
            "feedback": variant.html(feedback),
        }

    def unanswered(self, definition: Definition, variant: Variant) -> dict[str, Any]:
        """The answer, and what counts as near enough."""
        try:
            answer = written(variant.number(definition["answer"]))
        except Unclear:  # content that an older program accepted
            answer = ""
        return {
            "unit": variant.text(definition["unit"]),
            "tolerance": self.tolerance(definition, variant),
            "answer": answer,
        }
