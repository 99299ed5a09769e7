"""`ordering`: steps to put in order. The list is numbered in the right order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.grammar.author import AuthoredQuestion
from quizzes.grammar.variants import Variant
from quizzes.kinds.base import (
    BAD,
    GOOD,
    Collision,
    Definition,
    Fields,
    Graded,
    Kind,
    Response,
    UnreadableAnswer,
    only,
)


class Ordering(Kind):
    """A response is the author's numbers in the learner's order. The form shows an order from the start, so
    an order counts once a step was moved or the order was confirmed.
    """

    name = "ordering"
    title = gettext_lazy("Put in order")
    look = "ordering"
    list_form = "numbered"

    def parse(self, author: AuthoredQuestion) -> Definition:
        """Steps in the right order, each with the feedback for learners who put it at another place."""
        count = len(author.entries)
        if not 3 <= count <= 10:
            what = f"an ordering question has 3 to 10 steps; there are {count}"
            author.problem(author.list_line, what, "write them as a numbered list in the right order")
        author.tells_apart(entry.text for entry in author.entries)
        self._check_numbers(author)
        if not author.flag("shuffle", default=True):
            author.fields.refuse(
                "shuffle", "an ordering question that is not shuffled shows its key", "remove shuffle"
            )
        steps = [
            {
                "text": entry.text,
                "html": author.inline(entry.text, entry.line),
                "feedback": author.feedback(entry, required=False),
            }
            for entry in author.entries
        ]
        return {"steps": steps, "partial": author.flag("partial", default=True)}

    def _check_numbers(self, author: AuthoredQuestion) -> None:
        """The key is the order in the file, so numbers that say another order are a mistake. All may be 1."""
        if all(entry.number == "1" for entry in author.entries):
            return
        for place, entry in enumerate(author.entries, 1):
            if entry.number != str(place):
                what = f"the step in place {place} has the number {entry.number}"
                fix = "write the steps in the right order, numbered 1, 2, 3: the order in the file is the key"
                author.problem(entry.line, what, fix)
                return

    def collisions(self, definition: Definition, variant: Variant) -> Iterator[Collision]:
        """Yield a step whose text repeats that of an earlier step."""
        seen: set[str] = set()
        for number, step in enumerate(definition["steps"]):
            text = variant.text(step["text"])
            if text in seen:
                yield Collision(number, f'two steps are "{text}"', "choose other values or another step")
            seen.add(text)

    def order(self, definition: Definition, variant: Variant) -> list[int]:
        """The order in which the page shows the steps at first: never the right one."""
        count = len(definition["steps"])
        order = variant.order(count)
        return order if order != list(range(count)) else [*range(1, count), 0]

    def form(self, definition: Definition, variant: Variant, fields: Fields) -> dict[str, Any]:
        """The steps in the order of the draft, each with its number there and a name that does not tell the
        key.
        """
        order = self.order(definition, variant)
        ranks = {place: only(fields, f"rank-{place}") or str(place + 1) for place in range(len(order))}
        steps = [
            {
                "name": f"rank-{place}",
                "rank": ranks[place],
                "html": variant.html(definition["steps"][number]["html"]),
            }
            for place, number in enumerate(order)
        ]
        steps.sort(
            key=lambda step: int(step["rank"]) if step["rank"].isdecimal() and len(step["rank"]) < 3 else 99
        )
        return {
            "steps": steps,
            "ranks": [str(place + 1) for place in range(len(order))],
            "touched": bool(only(fields, "touched")),
            "partial": definition["partial"],
        }

    def is_answered(self, definition: Definition, variant: Variant, fields: Fields) -> bool:
        """Whether a step was moved or the order was confirmed: a form that nobody touched holds numbers
        too.
        """
        ranks = [only(fields, f"rank-{place}") for place in range(len(definition["steps"]))]
        as_shown = [str(place + 1) for place in range(len(ranks))]
        return any(ranks) and (bool(only(fields, "touched")) or ranks != as_shown)

    def form_size(self, definition: Definition) -> tuple[int, int]:
        """A number for each step, and whether the order was touched."""
        return len(definition["steps"]) + 1, 3 * len(definition["steps"])

    def field_names(self, definition: Definition) -> frozenset[str]:
        """A number for each step, and whether the order was touched."""
        return frozenset({"touched", *(f"rank-{place}" for place in range(len(definition["steps"])))})

    def read(self, definition: Definition, variant: Variant, fields: Fields) -> Response:
        """The author's numbers of the steps in the learner's order. Raises UnreadableAnswer unless the fields
        give each step a different number from 1 on.
        """
        order = self.order(definition, variant)
        ranks = [only(fields, f"rank-{place}") for place in range(len(order))]
        wanted = [str(rank) for rank in range(1, len(order) + 1)]
        if not any(ranks):
            raise UnreadableAnswer(_("Put the steps in order first."))
        if not self.is_answered(definition, variant, fields):
            raise UnreadableAnswer(_("Move a step, or confirm that this order is your answer."))
        for rank in wanted:
            if ranks.count(rank) > 1:
                raise UnreadableAnswer(
                    _("Two steps have the number %(rank)s. Give each number once.") % {"rank": rank}
                )
        if sorted(ranks) != sorted(wanted):
            raise UnreadableAnswer(_("Give each step a number from 1 to %(count)s.") % {"count": len(order)})
        return [number for _rank, number in sorted(zip(map(int, ranks), order, strict=True))]

    def grade(
        self, definition: Definition, variant: Variant, response: Response, evidence: Mapping[str, Any]
    ) -> Graded:
        """Compare every two steps: a pair in the right order adds 1, a pair in the wrong order subtracts 1.
        The score is the sum divided by the number of pairs, and at least 0. Without `partial` it is 1 or 0.
        """
        pairs = [1 if first < second else -1 for first, second in combinations(response, 2)]
        score = max(0.0, sum(pairs) / len(pairs))
        if not definition["partial"]:
            score = 1.0 if score == 1.0 else 0.0
        marks = {str(number): GOOD if number == place else BAD for place, number in enumerate(response)}
        return Graded(score, marks)

    def feedback(
        self, definition: Definition, variant: Variant, response: Response, marks: Mapping[str, str]
    ) -> dict[str, Any]:
        """The learner's order with the right number of each step, and feedback on steps at a wrong place."""
        steps = [
            {
                "html": variant.html(definition["steps"][number]["html"]),
                "place": place + 1,
                "right": number + 1,
                "mark": marks.get(str(number), ""),
                "feedback": variant.html(definition["steps"][number]["feedback"]) if number != place else "",
            }
            for place, number in enumerate(response)
        ]
        return {"steps": steps}

    def unanswered(self, definition: Definition, variant: Variant) -> dict[str, Any]:
        """The steps in the right order, without marks."""
        return self.feedback(definition, variant, range(len(definition["steps"])), {})

    def describe(self, definition: Definition, variant: Variant, response: Response) -> str:
        """The steps in the learner's order."""
        return " → ".join(variant.text(definition["steps"][number]["text"]) for number in response)
