"""`single`: exactly one of several options is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from quizzes.grammar.author import AuthoredQuestion
from quizzes.grammar.variants import Variant
from quizzes.kinds.base import Definition, Graded, Response
from quizzes.kinds.choice.options import Options


class Single(Options):
    name = "single"
    title = _("Single choice")

    def parse(self, author: AuthoredQuestion) -> Definition:
        """One option has [x]."""
        keys = sum(entry.key for entry in author.entries)
        if author.entries and keys != 1:
            what = f"a {self.name} question has one right option; {keys} are marked"
            author.problem(author.list_line, what, "mark exactly one with [x]")
        return super().parse(author)

    def grade(
        self, definition: Definition, variant: Variant, response: Response, evidence: Mapping[str, Any]
    ) -> Graded:
        """1 for the right option, else 0."""
        right = all(definition["options"][number]["key"] for number in response)
        return Graded(1.0 if right else 0.0, self.marks(definition, response))
