"""`true_false`: a claim to judge; the list is `True` and `False`, one of them marked."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quizzes.grammar.author import AuthoredQuestion
from quizzes.grammar.variants import Variant
from quizzes.kinds.base import Definition
from quizzes.kinds.choice.single import Single


class TrueFalse(Single):
    name = "true_false"
    title = _("True or false")
    most = 2

    def parse(self, author: AuthoredQuestion) -> Definition:
        """Two entries with these words, in this order."""
        if len(author.entries) == 2 and [entry.text for entry in author.entries] != ["True", "False"]:
            what = "the options of a true_false question are not True and False"
            author.problem(
                author.list_line, what, "write `- [x] True` and `- [ ] False`, or the mark on the other"
            )
        return super().parse(author)

    def order(self, definition: Definition, variant: Variant) -> list[int]:
        """True first: two words in a fixed order are read faster."""
        return [0, 1]
