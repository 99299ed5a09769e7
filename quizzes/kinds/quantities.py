"""Numbers as people type them: `14.6`, `14,6`, `3,600 s`, `1e3`, `-2`."""

from __future__ import annotations

import re
from fractions import Fraction

from django.utils.translation import gettext as _

from quizzes.kinds.arithmetic import LARGEST, Unclear, exact
from quizzes.kinds.base import Refused

LONGEST = 40
_NUMBER = re.compile(
    r"(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?)\s*(?P<unit>(?:[^\d.,].*)?)", re.DOTALL
)
_THOUSANDS = re.compile(r"(?<=\d)[,\s'\u2019\u00a0\u202f](?=\d{3}(?!\d))")


def quantity(text: str, unit: str = "") -> Fraction:
    """The number that a learner typed, the unit behind it allowed; raises Refused with what is accepted."""
    text = text.strip().replace("\u2212", "-")
    if not text:
        raise Refused(_("Type a number first."))
    if len(text) > LONGEST:
        raise Refused(_("That is too long for a number. Type at most 40 characters."))
    plain = _THOUSANDS.sub("", text)
    match = _NUMBER.fullmatch(re.sub(r"(?<=\d),(?=\d)", ".", plain, count=1))
    if match is None:
        raise Refused(_("“%(text)s” is no number. Type digits, as 12 or 0.5.") % {"text": text})
    if match["unit"].strip().lower() not in ("", unit.lower()):
        asked = _("Give the number in %(unit)s.") % {"unit": unit} if unit else _("Give the number without a unit.")
        raise Refused(_("“%(text)s” has another unit.") % {"text": text} + " " + asked)
    try:
        number = exact(match["number"])
    except Unclear:
        number = LARGEST + 1
    if abs(number) > LARGEST:
        raise Refused(_("That number is too large."))
    return number
