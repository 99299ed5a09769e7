"""The kinds of question, one file each behind one interface (base.Kind). Pure: no database, no request."""

from quizzes.kinds.base import BAD, GOOD, MISSED, Collision, Definition, Fields, Graded, Kind, Refused, Response
from quizzes.kinds.bug_line import BugLine
from quizzes.kinds.multiple import Multiple
from quizzes.kinds.numeric import Numeric
from quizzes.kinds.open import Open
from quizzes.kinds.ordering import Ordering
from quizzes.kinds.predict import Predict
from quizzes.kinds.short_text import ShortText
from quizzes.kinds.single import Single
from quizzes.kinds.true_false import TrueFalse
from quizzes.kinds.variants import Variant

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Single(),
        Multiple(),
        TrueFalse(),
        ShortText(),
        Numeric(),
        Ordering(),
        BugLine(),
        Predict(),
        Open(),
    )
}


def kind_named(name: str) -> Kind:
    """The kind of that name; raises KeyError, which the loader has made impossible for questions in the database."""
    return KINDS[name]


__all__ = [
    "BAD",
    "GOOD",
    "KINDS",
    "MISSED",
    "Collision",
    "Definition",
    "Fields",
    "Graded",
    "Kind",
    "Refused",
    "Response",
    "Variant",
    "kind_named",
]
