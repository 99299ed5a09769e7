"""`short_text`: a word or a short phrase. The list holds accepted forms and known mistakes; `/.../` is a
pattern, and an entry in backticks is a literal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authoring.notation.typed_text import EM_DASH, as_sentence, comparable, straight_quotes, visible
from quizzes.grammar.author import AuthoredQuestion
from quizzes.grammar.patterns import LONGEST_TEXT, Unsafe, bounded_pattern, matches
from quizzes.grammar.reachable import is_reachable
from quizzes.grammar.variants import TOKEN, Variant
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

_LITERAL = re.compile(r"(?P<mark>`+)(?P<text>(?:(?!(?P=mark)).)+)(?P=mark)\Z")
_SPECIAL = re.compile(r"[\\\[\](){}|?*+.^$]")
_BARE_SLASH = re.compile(r"(?<!\\)(?:\\\\)*/")


class ShortText(Kind):
    """A response is the typed text, with single spaces between its words. Capitals count only with `case =
    true`.

    Response and accepted forms are compared in one notation (`typed_text.comparable`). An entry in backticks
    is a literal: quotes around it and a full stop at its end belong to it, so that a question can ask for
    paths and punctuation.
    """

    name = "short_text"
    title = gettext_lazy("A short answer")

    look = "text"

    def parse(self, author: AuthoredQuestion) -> Definition:
        """Forms with key and feedback; at least one accepted form in words, which the page can show."""
        case = author.flag("case", default=False)
        forms = []
        for entry in author.entries:
            text, how = _form(author.one_line(entry))
            if how == "pattern":
                text = self._checked(author, entry.line, text, case)
            forms.append(
                {
                    "text": text,
                    "pattern": how == "pattern",
                    "literal": how == "literal",
                    "key": entry.key,
                    "feedback": author.feedback(entry, required=not entry.key),
                }
            )
        if not any(form["key"] and not form["pattern"] for form in forms):
            author.problem(
                author.list_line, "no accepted form is written in words", "write one as `- [x] the words`"
            )
        return {"forms": forms, "case": case}

    def _checked(self, author: AuthoredQuestion, line: int, pattern: str, case: bool) -> str:
        """Check a pattern and report what is wrong with it. Returns it in the notation of answers."""
        fix = "use literals, classes, groups, | ? * + {m,n}, and at most two open-ended repeats"
        if TOKEN.search(pattern):
            author.problem(line, "a pattern holds an expression", "write the forms out, each on its own line")
            return pattern
        if not _SPECIAL.search(pattern) or _BARE_SLASH.search(pattern):
            what = f"/{pattern}/ may be a pattern or a path"
            author.problem(
                line, what, f"write `/{pattern}/` for the path; in a pattern, write \\/ for a slash"
            )
            return pattern
        pattern = straight_quotes(unicodedata.normalize("NFC", pattern))
        try:
            bounded_pattern(pattern, ignore_case=not case)
        except Unsafe as error:
            author.problem(line, f"the pattern /{pattern}/ is refused: {error}", fix)
            return pattern
        if not is_reachable(pattern, ignore_case=not case):
            what = f"the pattern /{pattern}/ can never match"
            author.problem(
                line,
                what,
                "answers are compared with single spaces, straight quotes and no spaces at the ends",
            )
        return pattern

    def collisions(self, definition: Definition, variant: Variant) -> Iterator[Collision]:
        """Report a form in words that an earlier form matches too: learners would never see its feedback."""
        forms = definition["forms"]
        for number, form in enumerate(forms):
            if form["pattern"]:
                continue
            text = comparable(variant.text(form["text"]))
            first = self._matched(definition, variant, text)
            if first is not None and first < number:
                yield Collision(
                    number, f'"{text}" is caught by an entry above it', "remove it, or move it up"
                )

    def form(self, definition: Definition, variant: Variant, fields: Fields) -> dict[str, Any]:
        """A field for a line of text."""
        return {"text": only(fields, "text"), "longest": LONGEST_TEXT}

    def read(self, definition: Definition, variant: Variant, fields: Fields) -> Response:
        """The text, at most LONGEST_TEXT characters."""
        text = " ".join(visible(only(fields, "text")).split())
        if not text:
            raise UnreadableAnswer(_("Type an answer first."))
        if len(text) > LONGEST_TEXT:
            raise UnreadableAnswer(
                _("Your answer has %(length)s characters. A short answer has at most %(longest)s.")
                % {"length": len(text), "longest": LONGEST_TEXT}
            )
        return text

    def form_size(self, definition: Definition) -> tuple[int, int]:
        """One field with a line."""
        return 1, LONGEST_TEXT

    def _folded(self, definition: Definition, text: str) -> str:
        return text if definition["case"] else unicodedata.normalize("NFC", text.casefold())

    def _matched(self, definition: Definition, variant: Variant, response: str) -> int | None:
        """The number of the first form that matches the response, as it was typed, or without quotes around
        it and a full stop; None if no form matches.
        """
        # A phone makes one long dash of two hyphens, so it may be either.
        typed = [comparable(response), comparable(response.replace(EM_DASH, "--"))]
        typed = list(dict.fromkeys([*typed, *map(as_sentence, typed)]))
        folded = {self._folded(definition, text) for text in typed}
        for number, form in enumerate(definition["forms"]):
            if form["pattern"]:
                ignore_case = not definition["case"]
                if any(matches(form["text"], text, ignore_case=ignore_case) for text in typed):
                    return number
                continue
            wanted = comparable(variant.text(form["text"]))
            forms = [wanted] if form.get("literal") else [wanted, as_sentence(wanted)]
            if any(self._folded(definition, text) in folded for text in forms):
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

    def feedback(
        self, definition: Definition, variant: Variant, response: Response, marks: Mapping[str, str]
    ) -> dict[str, Any]:
        """What was typed, what is accepted in words, and the feedback for it."""
        feedback = next((definition["forms"][int(number)]["feedback"] for number in marks), "")
        accepted = [
            variant.text(form["text"]) for form in definition["forms"] if form["key"] and not form["pattern"]
        ]
        return {"text": response, "accepted": accepted, "feedback": variant.html(feedback)}

    def unanswered(self, definition: Definition, variant: Variant) -> dict[str, Any]:
        """What is accepted in words."""
        return self.feedback(definition, variant, "", {})

    def describe(self, definition: Definition, variant: Variant, response: Response) -> str:
        """The text itself."""
        return str(response)


def _form(text: str) -> tuple[str, str]:
    """The text of an entry without its marks, and what it is: `pattern`, `literal` or `words`."""
    if literal := _LITERAL.match(text):
        return literal["text"].strip() or text, "literal"
    if len(text) > 2 and text[0] == text[-1] == "/":
        return text[1:-1], "pattern"
    return text, "words"
