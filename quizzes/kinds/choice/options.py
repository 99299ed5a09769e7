"""What the kinds share in which one picks from a list: single, multiple, true_false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from quizzes.grammar.author import AuthoredQuestion
from quizzes.grammar.variants import Variant
from quizzes.kinds.base import (
    BAD,
    GOOD,
    MISSED,
    Collision,
    Definition,
    Fields,
    Kind,
    Response,
    UnreadableAnswer,
)


class Options(Kind):
    """A response is a list of the author's numbers of the options that were picked."""

    look = "options"
    control = "radio"
    fewest, most = 2, 8

    def parse(self, author: AuthoredQuestion) -> Definition:
        """Options with their key and feedback."""
        count = len(author.entries)
        if not self.fewest <= count <= self.most:
            what = f"a {self.name} question has {self.fewest} to {self.most} options; there are {count}"
            author.problem(author.list_line, what, "write each as `- [ ] text`, the right ones with [x]")
        author.tells_apart(entry.text for entry in author.entries)
        return {
            "options": [
                {
                    "text": entry.text,
                    "html": author.inline(entry.text, entry.line),
                    "key": entry.key,
                    "last": entry.last,
                    "feedback": author.feedback(entry),
                }
                for entry in author.entries
            ]
        }

    def collisions(self, definition: Definition, variant: Variant) -> Iterator[Collision]:
        """Two options that read the same."""
        seen: set[str] = set()
        for number, option in enumerate(definition["options"]):
            text = variant.text(option["text"])
            if text in seen:
                yield Collision(number, f'two options are "{text}"', "choose other values or another option")
            seen.add(text)

    def order(self, definition: Definition, variant: Variant) -> list[int]:
        """The author's numbers in the order in which this learner sees them."""
        options = definition["options"]
        return variant.order(len(options), frozenset(n for n, option in enumerate(options) if option["last"]))

    def form(self, definition: Definition, variant: Variant, fields: Fields) -> dict[str, Any]:
        """Options by their place on the page; the author's numbers stay here: they could tell the key."""
        picked = set(fields.get("pick", []))
        options = [
            {
                "value": str(place),
                "html": variant.html(definition["options"][number]["html"]),
                "checked": str(place) in picked,
            }
            for place, number in enumerate(self.order(definition, variant))
        ]
        return {"options": options, "control": self.control}

    def read(self, definition: Definition, variant: Variant, fields: Fields) -> Response:
        """The author's numbers of what was picked, in rising order."""
        order = self.order(definition, variant)
        places = set(fields.get("pick", []))
        if not places:
            raise UnreadableAnswer(
                _("Choose an option first.") if self.control == "radio" else _("Choose at least one option.")
            )
        known = {str(place): number for place, number in enumerate(order)}
        if not places <= set(known) or (self.control == "radio" and len(places) > 1):
            raise UnreadableAnswer(_("That is none of the options. Choose from the list."))
        return sorted(known[place] for place in places)

    def form_size(self, definition: Definition) -> tuple[int, int]:
        """One field for each option that may be picked."""
        most = len(definition["options"]) if self.control == "checkbox" else 1
        return most, 2 * most

    def field_names(self, definition: Definition) -> frozenset[str]:
        """What was picked."""
        return frozenset({"pick"})

    def marks(self, definition: Definition, response: Response) -> dict[str, str]:
        """GOOD and BAD for what was picked, MISSED for a right option that was not."""
        found = {}
        for number, option in enumerate(definition["options"]):
            if number in response:
                found[str(number)] = GOOD if option["key"] else BAD
            elif option["key"]:
                found[str(number)] = MISSED
        return found

    def feedback(
        self, definition: Definition, variant: Variant, response: Response, marks: Mapping[str, str]
    ) -> dict[str, Any]:
        """Every option with its mark and feedback, in the order that the learner saw."""
        options = [
            {
                "html": variant.html(option["html"]),
                "feedback": variant.html(option["feedback"]),
                "mark": marks.get(str(number), ""),
                "checked": number in response,
                "key": option["key"],
            }
            for number in self.order(definition, variant)
            for option in [definition["options"][number]]
        ]
        return {"options": options, "control": self.control}

    def unanswered(self, definition: Definition, variant: Variant) -> dict[str, Any]:
        """Every option with its feedback, and which are right."""
        return self.feedback(definition, variant, [], {})

    def describe(self, definition: Definition, variant: Variant, response: Response) -> str:
        """The texts of what was picked."""
        return "; ".join(variant.text(definition["options"][number]["text"]) for number in response)
