"""How large the form of a whole quiz can be: checked when the quiz is loaded, and the bound of a hand-in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings

from quizzes.kinds import kind_named

_BYTES_A_CHARACTER = 12  # the longest is four bytes of UTF-8, each written as %XX
_BYTES_A_FIELD = 64  # its name, an id, `=` and `&`
_OF_THE_FORM = 16  # the token, the button, and room for what a browser adds
_OF_A_QUESTION = 3  # the form's id of the answer, how sure the learner is, and the number of hints


class Asked(Protocol):
    """A question as it is read from a file, or as its row holds it."""

    @property
    def kind(self) -> str: ...

    @property
    def definition(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class FormSize:
    """The most that a browser sends for a whole quiz at once."""

    fields: int
    bytes: int

    @property
    def is_accepted(self) -> bool:
        """Whether such a form can be handed in."""
        most_fields, most_bytes = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS, settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return self.fields <= most_fields and self.bytes <= most_bytes


def form_size(questions: Iterable[Asked]) -> FormSize:
    """The size of the form that asks all these questions at once."""
    fields, characters = _OF_THE_FORM, 0
    for question in questions:
        more, longest = kind_named(question.kind).form_size(question.definition)
        fields += more + _OF_A_QUESTION
        characters += longest
    return FormSize(fields, fields * _BYTES_A_FIELD + characters * _BYTES_A_CHARACTER)
