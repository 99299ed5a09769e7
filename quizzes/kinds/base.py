"""The one interface of all kinds of question. Kinds are pure: they know no database and no request."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from quizzes.grammar.unreadable import UnreadableAnswer as UnreadableAnswer
from quizzes.grammar.variants import Variant

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from quizzes.grammar.author import AuthoredQuestion

Definition = dict[str, Any]
"""What a kind keeps of a question, as JSON. It holds the key, so it never goes to a page as a whole."""

Response = Any
"""What a learner answered, as JSON, in the author's numbering: it does not depend on the shuffle."""

Fields = Mapping[str, list[str]]
"""The form fields of one question, without the prefix that tells questions apart."""

GOOD, BAD, MISSED = "good", "bad", "missed"
"""Marks: chosen and right, chosen and wrong, right and not chosen."""


@dataclass(frozen=True)
class Graded:
    """`score` is 0 to 1. `marks` maps an option (the author's number, as a string) to GOOD, BAD or MISSED."""

    score: float
    marks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Collision:
    """A problem that a combination of values causes: the entry of the list (or None), what is wrong, and how
    to fix it.
    """

    entry: int | None
    what: str
    fix: str


class Kind(ABC):
    """The rules of one kind. Subclasses have no state; `quizzes.kinds.KINDS` holds one of each."""

    name: ClassVar[str]
    title: ClassVar[_StrPromise]
    sections: ClassVar[frozenset[str]] = frozenset()
    """`### ` sections that it may have beside Hint and Explanation."""
    list_form: ClassVar[str] = "task"
    """What stands under the stem: a `task` list, a `numbered` list, or `none`."""
    look: ClassVar[str]
    """How it is shown: the name of a pair of templates, before and after the answer."""
    takes_listing: ClassVar[bool] = False
    """Whether the kind shows the stem's listing itself."""
    needs_evidence: ClassVar[bool] = False
    """Whether the grade comes after the answer, from somewhere else."""

    @abstractmethod
    def parse(self, author: AuthoredQuestion) -> Definition:
        """The definition of the question that the author wrote. Report problems with `author.problem`."""

    def collisions(self, definition: Definition, variant: Variant) -> Iterator[Collision]:
        """Yield the problems that a combination of parameter values causes."""
        yield from ()

    @abstractmethod
    def form(self, definition: Definition, variant: Variant, fields: Fields) -> dict[str, Any]:
        """What the page may know before the answer, with the state of the form; never the key."""

    @abstractmethod
    def read(self, definition: Definition, variant: Variant, fields: Fields) -> Response:
        """The response in the form's fields; raises UnreadableAnswer."""

    def read_back(self, definition: Definition, variant: Variant, response: Response) -> str:
        """How a response was understood, in words, so that the learner can check it before it counts; "" if
        it cannot be misunderstood.
        """
        return ""

    def is_answered(self, definition: Definition, variant: Variant, fields: Fields) -> bool:
        """Whether the learner entered an answer. A confidence alone does not count."""
        return any(value.strip() for name, values in fields.items() if name != "sure" for value in values)

    def form_size(self, definition: Definition) -> tuple[int, int]:
        """The most that a form sends for one question: (fields, characters in all of them)."""
        return 1, 20

    def field_names(self, definition: Definition) -> frozenset[str]:
        """The form fields of its own, without the confidence; no other field of a form is read or kept."""
        return frozenset({"text"})

    @abstractmethod
    def grade(
        self, definition: Definition, variant: Variant, response: Response, evidence: Mapping[str, Any]
    ) -> Graded | None:
        """The grade, or None while the evidence is missing."""

    @abstractmethod
    def feedback(
        self, definition: Definition, variant: Variant, response: Response, marks: Mapping[str, str]
    ) -> dict[str, Any]:
        """What the page shows after the answer: options with marks and feedback, and the key."""

    def unanswered(self, definition: Definition, variant: Variant) -> dict[str, Any]:
        """The feedback for a question that was handed in without an answer; {} if its kind has no key."""
        return {}

    @abstractmethod
    def describe(self, definition: Definition, variant: Variant, response: Response) -> str:
        """The response in words, for lists and exports."""


def only(fields: Fields, name: str) -> str:
    """The single value of a field, stripped; empty when it is missing."""
    values = fields.get(name) or [""]
    return values[0].strip()
