"""What a typed answer is read as: shown while it is typed, and confirmed before it is locked."""

from __future__ import annotations

from django.utils.translation import gettext as _

from quizzes.answering.posted_answer import Fields, PostedAnswer
from quizzes.kinds import UnreadableAnswer, Variant
from quizzes.models import QuestionRevision


def understood(revision: QuestionRevision, variant: Variant, fields: Fields) -> str:
    """The answer as it is read, `0.125 s`; "" if it cannot be read, or cannot be misunderstood."""
    if not fields.get("text"):
        return ""
    try:
        response = revision.grader.read(revision.definition, variant, fields)
    except UnreadableAnswer:
        return ""
    return revision.grader.read_back(revision.definition, variant, response)


def unreadable(revision: QuestionRevision, variant: Variant, fields: Fields) -> str:
    """Why the typed text cannot be read, in a sentence; "" if it can be read, or if nothing is typed."""
    if not (fields.get("text") or [""])[0].strip():
        return ""
    try:
        revision.grader.read(revision.definition, variant, fields)
    except UnreadableAnswer as error:
        return str(error)
    return ""


def unconfirmed(revision: QuestionRevision, variant: Variant, posted: PostedAnswer) -> str:
    """A sentence for a learner who has not seen yet what the answer is read as; "" if nothing is to confirm.

    The form sends what it showed (`PostedAnswer.understood`). A number that is written as it is read, with or
    without its unit, needs no second look.
    """
    read = understood(revision, variant, posted.fields)
    typed = posted.text.strip()
    if not read or read == posted.understood or typed in (read, read.partition(" ")[0]):
        return ""
    return _("Your answer is read as %(read)s. If that is right, send it again; if not, change it.") % {
        "read": read
    }
