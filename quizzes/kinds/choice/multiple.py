"""`multiple`: any number of options is right. Partial credit, which the page states before the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from quizzes.grammar.author import AuthoredQuestion
from quizzes.grammar.variants import Variant
from quizzes.kinds.base import BAD, GOOD, Definition, Fields, Graded, Response
from quizzes.kinds.choice.options import Options


class Multiple(Options):
    name = "multiple"
    title = _("Several choices")
    control = "checkbox"
    most = 10

    def parse(self, author: AuthoredQuestion) -> Definition:
        """At least one option has [x]; `partial = false` makes it all or nothing."""
        partial = author.flag("partial", default=True)
        if author.entries and not any(entry.key for entry in author.entries):
            author.problem(author.list_line, "no option is right", "mark each right option with [x]")
        return {**super().parse(author), "partial": partial}

    def form(self, definition: Definition, variant: Variant, fields: Fields) -> dict[str, Any]:
        """The options, and how they are graded."""
        return {**super().form(definition, variant, fields), "partial": definition["partial"]}

    def grade(
        self, definition: Definition, variant: Variant, response: Response, evidence: Mapping[str, Any]
    ) -> Graded:
        """Each right pick counts one, each wrong pick takes one away, in parts of all right ones; never below
        0.
        """
        marks = self.marks(definition, response)
        picked = [marks[str(number)] for number in response]
        keys = sum(option["key"] for option in definition["options"])
        score = max(0.0, (picked.count(GOOD) - picked.count(BAD)) / keys)
        if not definition["partial"]:
            score = 1.0 if score == 1.0 else 0.0
        return Graded(score, marks)
