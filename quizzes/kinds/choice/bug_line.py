"""`bug_line`: one line of the stem's listing is at fault. The list holds numbers of lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authoring import lines
from authoring.code import highlighting, listings
from quizzes.grammar.author import AuthoredQuestion
from quizzes.grammar.variants import Variant
from quizzes.kinds.base import (
    BAD,
    GOOD,
    MISSED,
    Definition,
    Fields,
    Graded,
    Kind,
    Response,
    UnreadableAnswer,
    only,
)


class BugLine(Kind):
    """A response is the number of a line, from 1."""

    name = "bug_line"
    title = gettext_lazy("Which line is it?")
    look = "lines"
    takes_listing = True

    def parse(self, author: AuthoredQuestion) -> Definition:
        """The listing line by line; the entry with [x] is the line, others are lines that one may suspect."""
        fences = [
            item for item in lines.read(author.stem.text, author.stem.line) if isinstance(item, lines.Fence)
        ]
        listings.check(fences, author.file, author.problems)
        if len(fences) != 1:
            what = f"a bug_line question has one listing in its stem; there are {len(fences)}"
            author.problem(author.stem.line, what, "write the listing between ``` fences above the list")
            return {"lines": [], "title": "", "values": []}
        header = listings.header(fences[0].info) or listings.Header("text", {})
        shown = highlighting.html_lines("\n".join(fences[0].code), header.language)
        if sum(entry.key for entry in author.entries) != 1:
            author.problem(
                author.list_line, "a bug_line question has one right line", "mark exactly one with [x]"
            )
        author.tells_apart(entry.text for entry in author.entries)
        values = []
        for entry in author.entries:
            if not entry.text.isdecimal() or not 1 <= int(entry.text) <= len(shown):
                what = f'"{entry.text}" is no line of the listing'
                author.problem(entry.line, what, f"write a number from 1 to {len(shown)}")
                continue
            values.append({"line": int(entry.text), "key": entry.key, "feedback": author.feedback(entry)})
        return {"lines": shown, "title": header.options.get("title", ""), "values": values}

    def form(self, definition: Definition, variant: Variant, fields: Fields) -> dict[str, Any]:
        """The listing's lines, each to be picked."""
        picked = only(fields, "pick")
        shown = [
            {"number": number, "html": variant.html(html), "checked": picked == str(number)}
            for number, html in enumerate(definition["lines"], 1)
        ]
        return {"lines": shown, "title": variant.text(definition["title"])}

    def field_names(self, definition: Definition) -> frozenset[str]:
        """The line that was picked."""
        return frozenset({"pick"})

    def read(self, definition: Definition, variant: Variant, fields: Fields) -> Response:
        """The number of the line."""
        picked = only(fields, "pick")
        if not picked:
            raise UnreadableAnswer(_("Pick a line first."))
        if not picked.isdecimal() or len(picked) > 4 or not 1 <= int(picked) <= len(definition["lines"]):
            raise UnreadableAnswer(_("Pick one of the lines of the listing."))
        return int(picked)

    def grade(
        self, definition: Definition, variant: Variant, response: Response, evidence: Mapping[str, Any]
    ) -> Graded:
        """1 for the line, else 0."""
        key = next(value["line"] for value in definition["values"] if value["key"])
        marks = {str(response): GOOD} if response == key else {str(response): BAD, str(key): MISSED}
        return Graded(1.0 if response == key else 0.0, marks)

    def feedback(
        self, definition: Definition, variant: Variant, response: Response, marks: Mapping[str, str]
    ) -> dict[str, Any]:
        """The listing with marks, and the feedback of every listed line, the picked one and the key first."""
        shown = [
            {
                "number": number,
                "html": variant.html(html),
                "mark": marks.get(str(number), ""),
                "checked": number == response,
            }
            for number, html in enumerate(definition["lines"], 1)
        ]
        values = sorted(definition["values"], key=lambda v: (v["line"] != response, not v["key"], v["line"]))
        notes = [
            {
                "line": value["line"],
                "html": variant.html(value["feedback"]),
                "key": value["key"],
                "mark": marks.get(str(value["line"]), ""),
            }
            for value in values
        ]
        return {"lines": shown, "title": variant.text(definition["title"]), "notes": notes}

    def unanswered(self, definition: Definition, variant: Variant) -> dict[str, Any]:
        """The listing with its line, and the feedback of every listed line."""
        key = next(value["line"] for value in definition["values"] if value["key"])
        return self.feedback(definition, variant, None, {str(key): MISSED})

    def describe(self, definition: Definition, variant: Variant, response: Response) -> str:
        """The number of the line."""
        return _("line %(number)s") % {"number": response}
