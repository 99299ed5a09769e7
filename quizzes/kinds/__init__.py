"""The kinds of question, one file each behind one interface (base.Kind). Pure: no database, no request."""

from quizzes.grammar.variants import Variant
from quizzes.kinds.arranged.ordering import Ordering
from quizzes.kinds.base import (
    BAD,
    GOOD,
    MISSED,
    Collision,
    Definition,
    Fields,
    Graded,
    Kind,
    Response,
    UnreadableAnswer,
)
from quizzes.kinds.choice.bug_line import BugLine
from quizzes.kinds.choice.multiple import Multiple
from quizzes.kinds.choice.single import Single
from quizzes.kinds.choice.true_false import TrueFalse
from quizzes.kinds.graded_later.open import Open
from quizzes.kinds.graded_later.predict import Predict
from quizzes.kinds.typed.numeric import Numeric
from quizzes.kinds.typed.short_text import ShortText

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
    """The kind of that name; raises KeyError, which the loader has made impossible for questions in the
    database.
    """
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
    "Response",
    "UnreadableAnswer",
    "Variant",
    "kind_named",
]
