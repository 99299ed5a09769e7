"""One posted answer: what a form sent about one question, parsed once and within bounds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from enum import StrEnum

from django.http import HttpRequest, QueryDict
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext as _

from quizzes.models import QuestionRevision

LARGEST_BODY = 256 << 10
"""Bytes of a request that carries answers."""
LONGEST_VALUE = 20_000
"""Characters of one field: more than any kind accepts, so that a learner reads the kind's own sentence."""
MOST_VALUES = 60
LONGEST_NAME = 100
_SHORT = 2_000
_MOST_READ = 16 << 20

Fields = dict[str, list[str]]


class Action(StrEnum):
    """What the learner wants, by the button that was pressed: the value of the field `do`."""

    ANSWER = "answer"
    SAVE = "save"
    HINT = "hint"
    HAND_IN_ANYWAY = "anyway"


class Choice(StrEnum):
    """Which of two texts stays, by the button that was pressed: the value of the field `keep`."""

    MINE = "mine"
    THEIRS = "theirs"


class TooLarge(ValueError):
    """The request is larger than any answer; the message is a sentence for the learner."""


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def size_of(request: HttpRequest) -> int:
    """Bytes of the body, as the request's header gives them; 0 if it gives none."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def refuse_large(request: HttpRequest, most: int = LARGEST_BODY) -> None:
    """Raise TooLarge before the body is parsed, if it has more than `most` bytes."""
    size = size_of(request)
    if size <= most:
        return
    # A browser shows an error of its own if the upload is cut off, so the body is read to its end.
    left = size if size <= _MOST_READ else 0
    while left > 0 and (piece := request.read(min(left, 1 << 16))):
        left -= len(piece)
    raise TooLarge(
        _(
            "What you sent is too large: %(size)s kB. All answers together may have %(most)s kB. "
            "Nothing was saved: go back and shorten your answer."
        )
        % {"size": size // 1000, "most": most // 1000}
    )


def is_stale(request: HttpRequest) -> bool:
    """Whether the form's CSRF token is missing or old.

    Views that take answers are exempt from the middleware, so that they can show again what was typed. They
    must call this, and must change nothing if it is true.
    """
    return bool(_Csrf(lambda _request: None).process_view(request, None, (), {}))  # type: ignore[arg-type]


def action_of(post: QueryDict) -> Action:
    """The wanted action; a form without a known one wants to answer."""
    value = post.get("do", "")
    return Action(value) if value in set(Action) else Action.ANSWER


def number_of(text: str | None, *, otherwise: int, most: int = 1_000_000) -> int:
    """The natural number in a field or an address, or `otherwise` if it is none or larger than `most`."""
    return int(text) if text and text.isdecimal() and len(text) < 8 and int(text) <= most else otherwise


@dataclass(frozen=True, slots=True)
class PostedAnswer:
    """What a form sent about one question.

    `fields` are the question's own, without its prefix. `submission` is the form's id, None if it is missing
    or no uuid. `confidence` is 1 to 3, None if nothing was chosen. `hints_seen` is how many hints the form
    showed, None if it did not say. `understood` is what the form said that the
    answer is read as. `version` is that of the draft on which the text was typed, 0 for none; `choice` is
    made where another tab's text was shown beside it. `is_stale` is true if the form's CSRF token was
    missing or old: then nothing may be changed.
    """

    fields: Fields
    submission: uuid.UUID | None
    confidence: int | None
    hints_seen: int | None
    action: Action
    is_stale: bool
    understood: str
    version: int
    choice: Choice | None

    @classmethod
    def of(cls, request: HttpRequest, prefix: str, asked: QuestionRevision) -> PostedAnswer:
        """Parse the fields of this question, which begin with this prefix; raises TooLarge."""
        post = request.POST
        fields = _fields_of(post, prefix, asked)
        seen = number_of(post.get(f"{prefix}hints"), otherwise=-1)
        keep = post.get(f"{prefix}keep", "")
        choice = Choice(keep) if keep in set(Choice) else None
        version = "other" if choice is Choice.MINE else "version"
        return cls(
            fields=fields,
            submission=_submission_of(post, prefix),
            confidence=_confidence_of(fields),
            hints_seen=None if seen < 0 else seen,
            action=Action.SAVE if choice else action_of(post),
            is_stale=is_stale(request),
            understood=post.get(f"{prefix}read", "")[:200],
            version=number_of(post.get(f"{prefix}{version}"), otherwise=0),
            choice=choice,
        )

    def with_saved(self, fields: Fields, version: int, understood: str) -> PostedAnswer:
        """What was saved of a question that the form did not contain, as if the form had sent it.

        `understood` is what the saved text is read as: the page said so while it was typed.
        """
        return replace(
            self,
            fields=fields,
            submission=uuid.uuid4(),
            confidence=_confidence_of(fields),
            understood=understood,
            version=version,
        )

    @property
    def text(self) -> str:
        """What was typed, "" where the kind has no text."""
        return (self.fields.get("text") or [""])[0]


def _confidence_of(fields: Fields) -> int | None:
    sure = (fields.get("sure") or [""])[0]
    return int(sure) if sure in ("1", "2", "3") else None


def _fields_of(post: QueryDict, prefix: str, asked: QuestionRevision) -> Fields:
    """The fields of the question's kind and the confidence. What a draft may hold is bounded here: a little
    more than the kind accepts, so that a learner reads the kind's own sentence.
    """
    names = asked.grader.field_names(asked.definition) | {"sure"}
    longest = max(_SHORT, 2 * asked.grader.form_size(asked.definition)[1])
    found = {
        name: values
        for name in sorted(names)
        if (values := post.getlist(prefix + name)) and len(values) <= MOST_VALUES
    }
    many = any(len(post.getlist(prefix + name)) > MOST_VALUES for name in names)
    if many or sum(len(value) for values in found.values() for value in values) > longest:
        raise TooLarge(
            _("An answer may have at most %(most)s characters. Shorten it and send it again.")
            % {"most": f"{longest:,}"}
        )
    return found


def refuse_values(post: QueryDict) -> None:
    """Raise TooLarge for a form with a name or a value that no form of a question has."""
    for name, values in post.lists():
        if len(name) > LONGEST_NAME or any(len(value) > LONGEST_VALUE for value in values):
            raise TooLarge(
                _("An answer may have at most %(most)s characters. Shorten it and send it again.")
                % {"most": f"{LONGEST_VALUE:,}"}
            )
        if "\0" in name or any("\0" in value for value in values):
            # PostgreSQL stores no NUL character in a text.
            raise TooLarge(_("What you sent holds a NUL character, which is not text. Nothing was saved."))


def _submission_of(post: QueryDict, prefix: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(post.get(f"{prefix}submission", ""))
    except ValueError:
        return None
