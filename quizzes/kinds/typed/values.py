"""What numeric and predict share: a number is asked for, and a list of numbers chooses the feedback."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from authoring.notation.quantities import LONGEST, Quantity
from quizzes.grammar.arithmetic import Unclear, written
from quizzes.grammar.author import AuthoredQuestion
from quizzes.grammar.quantities import quantity
from quizzes.grammar.variants import TOKEN, Variant
from quizzes.kinds.base import Definition, Fields, Kind, Response, only


class Values(Kind):
    """A response is the number as text, exact."""

    look = "value"

    def parse_values(self, author: AuthoredQuestion) -> list[dict[str, Any]]:
        """The listed numbers, each with its feedback."""
        found = []
        for entry in author.entries:
            text = author.one_line(entry).strip("`")
            if not TOKEN.fullmatch(text):
                try:
                    Variant(0, {}).number(text)
                except Unclear:
                    author.problem(
                        entry.line, f'"{entry.text}" is not a number', "write a number or an {{ expression }}"
                    )
                    continue
            found.append({"value": text, "key": entry.key, "feedback": author.feedback(entry)})
        return found

    def form(self, definition: Definition, variant: Variant, fields: Fields) -> dict[str, Any]:
        """A field for a number, with its unit and what counts as near enough."""
        return {
            "text": only(fields, "text"),
            "unit": variant.text(definition["unit"]),
            "tolerance": self.tolerance(definition, variant),
        }

    def tolerance(self, definition: Definition, variant: Variant) -> str:
        """The tolerance in words; "" if only the exact number counts."""
        number = variant.number(definition["tolerance"])
        return written(number) if number else ""

    def read(self, definition: Definition, variant: Variant, fields: Fields) -> Response:
        """The number that was typed."""
        return str(quantity(only(fields, "text"), variant.text(definition["unit"])))

    def matched(self, definition: Definition, variant: Variant, number: Fraction) -> int | None:
        """Which listed value the number is, within the tolerance; the nearest when there are several."""
        tolerance = variant.number(definition["tolerance"])
        gaps = [
            (abs(variant.number(value["value"]) - number), place)
            for place, value in enumerate(definition["values"])
        ]
        near = [gap for gap in gaps if gap[0] <= tolerance]
        return min(near)[1] if near else None

    def read_back(self, definition: Definition, variant: Variant, response: Response) -> str:
        """The number in plain notation with its unit, exact: `0.125 s`, `1/3 min`."""
        return str(Quantity(Fraction(response), variant.text(definition["unit"])))

    def form_size(self, definition: Definition) -> tuple[int, int]:
        """One field with a number."""
        return 1, LONGEST

    def describe(self, definition: Definition, variant: Variant, response: Response) -> str:
        """The number with its unit."""
        return f"{written(Fraction(response))} {variant.text(definition['unit'])}".strip()
