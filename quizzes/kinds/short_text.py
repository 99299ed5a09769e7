"""`short_text`: a word or a short phrase. The list holds accepted forms and known mistakes; `/.../` is a pattern."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.kinds.author import Author
from quizzes.kinds.base import BAD, GOOD, Collision, Definition, Fields, Graded, Kind, Refused, Response, only
from quizzes.kinds.patterns import LONGEST_TEXT, Unsafe, bounded_pattern, matches
from quizzes.kinds.variants import TOKEN, Variant


class ShortText(Kind):
    """A response is the text, its blanks made single. Capitals count only with `case = true`."""

    name = "short_text"
    title = gettext_lazy("A short answer")

    look = "text"

    def parse(self, author: Author) -> Definition:
        """Forms with key and feedback; at least one accepted form in words, which the page can show."""
        case = author.flag("case", default=False)
        forms = []
        for entry in author.entries:
            text = entry.text.strip("`").strip()
            pattern = text[1:-1] if len(text) > 2 and text[0] == text[-1] == "/" else None
            if pattern is not None:
                self._check(author, entry.line, pattern, case)
            forms.append(
                {
                    "text": text if pattern is None else pattern,
                    "pattern": pattern is not None,
                    "key": entry.key,
                    "feedback": author.feedback(entry, required=not entry.key),
                }
            )
        if not any(form["key"] and not form["pattern"] for form in forms):
            author.problem(author.list_line, "no accepted form is written in words", "write one as `- [x] the words`")
        return {"forms": forms, "case": case}

    def _check(self, author: Author, line: int, pattern: str, case: bool) -> None:
        mend = "use literals, classes, groups, | ? * + {m,n}, and at most two open-ended repeats"
        if TOKEN.search(pattern):
            author.problem(line, "a pattern holds an expression", "write the forms out, each on its own line")
            return
        try:
            bounded_pattern(pattern, ignore_case=not case)
        except Unsafe as error:
            author.problem(line, f"the pattern /{pattern}/ is refused: {error}", mend)

    def collisions(self, definition: Definition, variant: Variant) -> Iterator[Collision]:
        """A form in words that an earlier form catches: its feedback could never be seen."""
        forms = definition["forms"]
        for number, form in enumerate(forms):
            if form["pattern"]:
                continue
            text = self._plain(definition, variant.text(form["text"]))
            first = self._matched(definition, variant, text)
            if first is not None and first < number:
                yield Collision(number, f'"{text}" is caught by an entry above it', "remove it, or move it up")

    def shown(self, definition: Definition, variant: Variant, fields: Fields) -> dict[str, Any]:
        """A field for a line of text."""
        return {"text": only(fields, "text"), "longest": LONGEST_TEXT}

    def read(self, definition: Definition, variant: Variant, fields: Fields) -> Response:
        """The text, at most LONGEST_TEXT characters."""
        text = " ".join(only(fields, "text").split())
        if not text:
            raise Refused(_("Type an answer first."))
        if len(text) > LONGEST_TEXT:
            raise Refused(
                _("Your answer has %(length)s characters. A short answer has at most %(longest)s.")
                % {"length": len(text), "longest": LONGEST_TEXT}
            )
        return text

    def _plain(self, definition: Definition, text: str) -> str:
        plain = " ".join(text.split()).strip("`\"'“”‘’. ")
        return plain if definition["case"] else plain.casefold()

    def _matched(self, definition: Definition, variant: Variant, response: str) -> int | None:
        """The first form that the response is."""
        plain = self._plain(definition, response)
        for number, form in enumerate(definition["forms"]):
            if form["pattern"]:
                if matches(form["text"], plain, ignore_case=not definition["case"]):
                    return number
            elif plain == self._plain(definition, variant.text(form["text"])):
                return number
        return None

    def grade(
        self, definition: Definition, variant: Variant, response: Response, evidence: Mapping[str, Any]
    ) -> Graded:
        """1 for an accepted form, else 0."""
        number = self._matched(definition, variant, response)
        if number is None:
            return Graded(0.0)
        right = definition["forms"][number]["key"]
        return Graded(1.0 if right else 0.0, {str(number): GOOD if right else BAD})

    def told(
        self, definition: Definition, variant: Variant, response: Response, marks: Mapping[str, str]
    ) -> dict[str, Any]:
        """What was typed, what is accepted in words, and the feedback for it."""
        feedback = next((definition["forms"][int(number)]["feedback"] for number in marks), "")
        accepted = [variant.text(form["text"]) for form in definition["forms"] if form["key"] and not form["pattern"]]
        return {"text": response, "accepted": accepted, "feedback": variant.html(feedback)}

    def describe(self, definition: Definition, variant: Variant, response: Response) -> str:
        """The text itself."""
        return str(response)
