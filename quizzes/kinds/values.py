"""What numeric and predict share: a number is asked for, and a list of numbers chooses the feedback."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from quizzes.kinds.arithmetic import Unclear, written
from quizzes.kinds.author import Author
from quizzes.kinds.base import Definition, Fields, Kind, Response, only
from quizzes.kinds.quantities import quantity
from quizzes.kinds.variants import TOKEN, Variant


class Values(Kind):
    """A response is the number as text, exact."""

    look = "value"

    def parse_values(self, author: Author) -> list[dict[str, Any]]:
        """The listed numbers, each with its feedback."""
        found = []
        for entry in author.entries:
            text = entry.text.strip("`")
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

    def shown(self, definition: Definition, variant: Variant, fields: Fields) -> dict[str, Any]:
        """A field for a number, with its unit and what counts as near enough."""
        return {
            "text": only(fields, "text"),
            "unit": variant.text(definition["unit"]),
            "tolerance": self.tolerance(definition, variant),
        }

    def tolerance(self, definition: Definition, variant: Variant) -> str:
        """The tolerance in words, or "" where only the exact number counts."""
        number = variant.number(definition["tolerance"])
        return written(number) if number else ""

    def read(self, definition: Definition, variant: Variant, fields: Fields) -> Response:
        """The number that was typed."""
        return str(quantity(only(fields, "text"), variant.text(definition["unit"])))

    def matched(self, definition: Definition, variant: Variant, number: Fraction) -> int | None:
        """Which listed value the number is, within the tolerance; the nearest when there are several."""
        tolerance = variant.number(definition["tolerance"])
        gaps = [
            (abs(variant.number(value["value"]) - number), place) for place, value in enumerate(definition["values"])
        ]
        near = [gap for gap in gaps if gap[0] <= tolerance]
        return min(near)[1] if near else None

    def describe(self, definition: Definition, variant: Variant, response: Response) -> str:
        """The number with its unit."""
        return f"{written(Fraction(response))} {variant.text(definition['unit'])}".strip()
