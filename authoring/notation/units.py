"""Units of numbers: how people spell them, and factors between them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from authoring.notation.typed_text import dashes_as_signs, visible


@dataclass(frozen=True, slots=True)
class Unit:
    """`name` is how we write it, `of` what it measures, `size` how many of the smallest unit it is."""

    name: str
    of: str
    size: Fraction


def _table() -> dict[str, Unit]:
    times = {
        "ns": ("1/1000000000", "nsec nanosecond nanoseconds nanos"),
        "µs": ("1/1000000", "us usec usecs microsecond microseconds micros mcs"),
        "ms": ("1/1000", "msec msecs millisecond milliseconds millis"),
        "s": ("1", "sec secs second seconds"),
        "min": ("60", "mins minute minutes"),
        "h": ("3600", "hr hrs hour hours"),
        "d": ("86400", "day days"),
        "weeks": ("604800", "week wk wks"),
    }
    sizes = {
        **{f"{sign}B": (str(1000**power), long) for power, (sign, long) in enumerate(_DECIMAL, 1)},
        **{f"{sign}iB": (str(1024**power), long) for power, (sign, long) in enumerate(_BINARY, 1)},
        "B": ("1", "byte bytes"),
    }
    found: dict[str, Unit] = {}
    for of, table in (("time", times), ("bytes", sizes), ("percent", {"%": ("1", "percent percents pct")})):
        for name, (size, spellings) in table.items():
            unit = Unit(name, of, Fraction(size))
            found |= {_key(word): unit for word in (name, *spellings.split())}
    return found


_DECIMAL = (
    ("k", "kilobyte kilobytes"),
    ("M", "megabyte megabytes"),
    ("G", "gigabyte gigabytes"),
    ("T", "terabyte terabytes"),
)
_BINARY = (
    ("K", "kibibyte kibibytes"),
    ("M", "mebibyte mebibytes"),
    ("G", "gibibyte gibibytes"),
    ("T", "tebibyte tebibytes"),
)


def _key(word: str) -> str:
    """A word in the form of the table's keys: µ and μ are the same, capitals and spaces do not count."""
    plain = dashes_as_signs(unicodedata.normalize("NFKC", visible(word))).casefold()
    plain = re.sub(r"\bper\s*cent\b", "percent", " ".join(plain.split()))
    return re.sub(r"\s*(?:/|\bper\b)\s*", "/", plain).strip().rstrip(".")


UNITS = _table()


def known(word: str) -> Unit | None:
    """The unit that a word spells, or None."""
    return UNITS.get(_key(word))


def _singular(word: str) -> str:
    if unit := UNITS.get(word):
        return unit.name
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 2 else word


def same(one: str, other: str) -> bool:
    """Whether two words mean the same unit: other spellings, singular and plural, `per` and `/`."""
    parts = [[_singular(part) for part in re.split(r"([ /])", _key(word))] for word in (one, other)]
    return parts[0] == parts[1]


def factor(typed: str, asked: str) -> Fraction | None:
    """The factor from the typed unit to the unit asked for; None if they measure different things.

    kB and KiB are not converted: many people write one and mean the other.
    """
    if same(typed, asked):
        return Fraction(1)
    one, other = known(typed), known(asked)
    if one is None or other is None or one.of != other.of or _is_binary(one) is not _is_binary(other):
        bytes_alone = one and other and one.of == other.of == "bytes" and "B" in (one.name, other.name)
        if not (one and other and bytes_alone):
            return None
    return one.size / other.size


def _is_binary(unit: Unit) -> bool:
    return unit.name.endswith("iB")
