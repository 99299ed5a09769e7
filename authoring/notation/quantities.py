"""Numbers as people type them, with or without a unit: `14.6`, `0,125 s`, `1 234 567`, `1×10^3`, `1/3`.

Every room reads typed numbers here, so that a quiz and a lab understand the same text alike. A text that
could mean two numbers is refused with a question, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from authoring.notation import units
from authoring.notation.typed_text import dashes_as_signs, straight_quotes, visible

LONGEST = 40
"""Characters of a number that are read."""
LARGEST = Fraction(10) ** 15
_MOST_PLACES = 30
"""The largest exponent that is computed: `1e999999` would fill the memory."""

_SUPERSCRIPT = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207a\u207b]+")
_UP = str.maketrans(
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b", "0123456789+-"
)
_DIGITS = r"\d(?:[\d.,'_ ]*\d)?"
_POWER = r"10\s*(?:\^|\*\*)\s*[({]?\s*(?P<NAME>[+-]?\s*\d+)\s*[)}]?"
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)\s*(?:"
    + _POWER.replace("NAME", "alone")
    + r"|(?P<whole>\d+)\s+(?P<above>\d+)\s*/\s*(?P<below>\d+)"
    + r"|(?P<over>\d+)\s*/\s*(?P<under>\d+)"
    + rf"|(?P<digits>[.,]?{_DIGITS}[.,]?)(?:\s*[eE](?P<e>[+-]?\d+)|\s*[*xX\u00d7\u00b7\u22c5\u2715\u2716]\s*"
    + _POWER.replace("NAME", "power")
    + r")?)(?P<rest>.*)\Z",
    re.DOTALL,
)
_GROUPED = r"[1-9]\d{{0,2}}(?:{0}\d{{3}})+"
_CLEAR = (
    # Point or comma as the decimal sign, and no groups.
    (re.compile(r"\d+(?:[.,]\d*)?|[.,]\d+"), ""),
    # Groups of three, one sort of separator, and another sign before the decimals.
    *((re.compile(_GROUPED.format(f"[{sep}]") + rf"(?:[{ends}]\d*)?"), sep) for sep, ends in (
        (" ", ".,"), ("'", ".,"), ("_", ".,"), (",", "."), (".", ","),
    )),
)  # fmt: skip
_SPACED_DECIMALS = re.compile(r"\d+[.,]\d{3}(?: \d{3})*(?: \d{1,3})")
_EITHER = re.compile(r"[1-9]\d{0,2},\d{3}")


class UnreadableNumber(ValueError):
    """The text is not one clear number; the message is a sentence that says how to write it."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number in `unit`; `unit` is "" for a number without one."""

    number: Fraction
    unit: str = ""

    def __str__(self) -> str:
        return f"{plain(self.number)} {self.unit}".strip()


def read(text: str, unit: str | None = "") -> Quantity:
    """The quantity that was typed, in the unit asked for; raises UnreadableNumber.

    `unit` is the unit that a question asks for: "" for a number without a unit, None for any known unit.
    """
    clean = _clean(text)
    if not clean:
        raise UnreadableNumber(_("Type a number first."))
    if unit and unicodedata.category(unit[0]) == "Sc" and clean.startswith(unit):
        clean = clean[len(unit) :].strip()
    if unit and unit[0].isdigit():  # `5 1/s`: the digit belongs to the unit
        clean = clean.removesuffix(unit)
    match = _NUMBER.match(clean)
    if match is None:
        raise _no_number(text)
    number = _number_of(match, text)
    rest = match["rest"].strip()
    if rest and rest[0] in ".,;" and not rest.strip(".,;"):
        rest = ""
    found = _in_unit(number, rest, unit, text)
    if abs(found.number) > LARGEST:
        raise _too_large()
    return found


def understood(text: str, unit: str | None = None) -> str:
    """What a typed text is taken for, in one unmistakable notation: `0,125 s` is `0.125 s`."""
    return str(read(text, unit))


def plain(number: Fraction) -> str:
    """A number exactly: `12`, `0.125`, or `1/3` where the decimals do not end."""
    # The decimals of a fraction end if 2 and 5 are the only prime factors of its denominator.
    rest, places = number.denominator, 0
    while rest % 10 == 0 or rest % 5 == 0 or rest % 2 == 0:
        rest //= 10 if rest % 10 == 0 else 5 if rest % 5 == 0 else 2
        places += 1
    if rest != 1:
        return f"{number.numerator}/{number.denominator}"
    digits = str(abs(number.numerator) * 10**places // number.denominator).rjust(places + 1, "0")
    whole, decimals = (digits[:-places], digits[-places:].rstrip("0")) if places else (digits, "")
    return ("-" if number < 0 else "") + whole + (f".{decimals}" if decimals else "")


def _clean(text: str) -> str:
    """One notation: plain digits, `-`, `'`, single spaces; raises UnreadableNumber for what is too long."""
    if len(text) > 25 * LONGEST:
        raise _too_long()
    text = straight_quotes(visible(text))
    text = _SUPERSCRIPT.sub(lambda found: "^" + found[0].translate(_UP), text)
    # `1½` is one and a half: compatibility composition alone would make it eleven halves.
    text = "".join(f" {c}" if unicodedata.decomposition(c).startswith("<fraction>") else c for c in text)
    text = unicodedata.normalize("NFKC", text)
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in dashes_as_signs(text))
    text = text.translate({0x066B: ".", 0x066C: "'", 0x2044: "/", 0x2215: "/"})
    text = " ".join(visible(text).split())
    if len(text) > LONGEST:
        raise _too_long()
    return text


def _number_of(match: re.Match[str], text: str) -> Fraction:
    """The number before the unit; raises UnreadableNumber."""
    sign = -1 if match["sign"] == "-" else 1
    if match["alone"]:
        return sign * _ten_to(match["alone"])
    if match["digits"] is None:
        whole, above, below = (
            match["whole"],
            match["above"] or match["over"],
            match["below"] or match["under"],
        )
        if int(below) == 0:
            raise UnreadableNumber(
                _("“%(text)s” divides by zero. Write another number.") % {"text": text.strip()}
            )
        # Only a proper fraction goes with a whole number: `1 000/3` may also be a third of a thousand.
        if whole and (len(above) > 2 or int(above) >= int(below)):
            raise _uneven(text)
        return sign * (int(whole or 0) + Fraction(int(above), int(below)))
    number = sign * _mantissa(match["digits"], match["sign"], text)
    power = match["e"] or match["power"]
    return number * _ten_to(power) if power and number else number


def _mantissa(digits: str, sign: str, text: str) -> Fraction:
    """Digits with their separators as a number without sign."""
    if len(digits) > 1 and digits[-1] == ",":
        digits = digits[:-1]
    if _EITHER.fullmatch(digits):
        minus = "-" if sign == "-" else ""
        either = {
            "first": minus + plain(Fraction(digits.replace(",", "."))),
            "second": minus + digits.replace(",", ""),
        }
        raise UnreadableNumber(
            _("Did you mean %(first)s or %(second)s? Write %(first)s or %(second)s.") % either
        )
    for form, separator in _CLEAR:
        if form.fullmatch(digits):
            whole = digits.replace(separator, "") if separator else digits
            return Fraction(whole.replace(",", ".").rstrip(".") or "0")
    if _SPACED_DECIMALS.fullmatch(digits):
        return Fraction(digits.replace(" ", "").replace(",", "."))
    raise _uneven(text)


def _ten_to(power: str) -> Fraction:
    """Ten to the power that was typed. Raises UnreadableNumber if the number is too large or too small."""
    power = power.replace(" ", "")
    if len(power.lstrip("+-0")) > 3 or abs(int(power)) > _MOST_PLACES:
        if power.startswith("-"):
            raise UnreadableNumber(_("That number is too close to zero. Write 0, or a number above 10^-30."))
        raise _too_large()
    return Fraction(10) ** int(power)


def _in_unit(number: Fraction, rest: str, unit: str | None, text: str) -> Quantity:
    """The number in the unit asked for; `rest` is what was typed behind it."""
    if not rest:
        return Quantity(number, unit or "")
    if re.match(r"/?\s*\d", rest):
        raise _uneven(text)
    starts_a_unit = rest[0].isalpha() or rest[0] in "%/°" or unicodedata.category(rest[0]) == "Sc"
    if not (starts_a_unit or (unit and units.same(rest, unit))):
        raise _no_number(text)
    found = units.known(rest)
    if found is None and re.search(r"\d", rest) and not (unit and units.same(rest, unit)):
        raise _no_number(text)
    if unit is None:
        return Quantity(number, found.name if found else rest)
    if not unit:
        raise UnreadableNumber(
            _("“%(text)s” has a unit. Give the number without a unit.") % {"text": text.strip()}
        )
    factor = units.factor(rest, unit)
    if factor is None:
        values = {"rest": rest, "unit": unit}
        raise UnreadableNumber(
            _("“%(rest)s” isn't the unit asked for here. Give the number in %(unit)s.") % values
        )
    return Quantity(number * factor, unit)


def _no_number(text: str) -> UnreadableNumber:
    return UnreadableNumber(
        _("“%(text)s” isn't a number. Use digits, such as 12 or 0.5.") % {"text": text.strip()}
    )


def _uneven(text: str) -> UnreadableNumber:
    return UnreadableNumber(
        _(
            "The digits of “%(text)s” can be read in several ways. "
            "Write them without separators, such as 1234567 or 12.5."
        )
        % {"text": text.strip()}
    )


def _too_large() -> UnreadableNumber:
    return UnreadableNumber(_("That number is too large. The largest number is 10^15."))


def _too_long() -> UnreadableNumber:
    return UnreadableNumber(
        _("That is too long for a number. Type at most %(most)s characters.") % {"most": LONGEST}
    )
