"""Regular expressions that cannot hang: a small dialect whose worst case is counted before it is used.

Allowed: literals, `.`, `\\d \\w \\s \\b` and their capitals, classes, `( )`, `(?: )`, `|`, and the
quantifiers `? * + {m,n}`. Refused: look-around, back references, flags, and any pattern that could match in
more than MOST_WAYS different ways; the number of ways bounds how often the matcher can backtrack on a text of
at most LONGEST_TEXT characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

LONGEST_PATTERN = 200
LONGEST_TEXT = 200
MOST_WAYS = 100_000

_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_ESCAPE = re.compile(r"\\(?:[dDwWsSbB]|[^a-zA-Z0-9])")
_COUNTED = re.compile(r"\{(\d*)(,?)(\d*)\}")


class Unsafe(ValueError):
    """The pattern is refused; the message is a clause for the author."""


@dataclass
class _Reader:
    """Walks over a pattern and counts in how many ways each part can match."""

    pattern: str
    at: int = 0
    depth: int = 0

    def alternatives(self) -> int:
        ways = self.sequence()
        while self.peek() == "|":
            self.at += 1
            ways += self.sequence()
        return ways

    def sequence(self) -> int:
        ways = 1
        while self.peek() not in ("", "|", ")"):
            ways = self.bounded(ways * self.repeated(self.atom()))
        return ways

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def bounded(self, ways: int) -> int:
        if ways > MOST_WAYS:
            raise Unsafe("it could take too long: it can match in too many ways")
        return ways

    def atom(self) -> int:
        """Read one character, class or group. Returns in how many ways it can match."""
        char = self.peek()
        if char == "(":
            return self.group()
        if char == "[":
            return self.taken(_CLASS, "a class that does not end")
        if char == "\\":
            return self.taken(_ESCAPE, "an escape that is not allowed; \\d \\w \\s \\b and escaped signs are")
        if char in "?*+{":
            raise Unsafe(f'the quantifier "{char}" follows nothing that it could repeat')
        self.at += 1
        return 1

    def taken(self, part: re.Pattern[str], otherwise: str) -> int:
        match = part.match(self.pattern, self.at)
        if match is None:
            raise Unsafe(f"it holds {otherwise}")
        self.at = match.end()
        return 1

    def group(self) -> int:
        self.at += 1
        if self.peek() == "?":
            if self.pattern[self.at : self.at + 2] != "?:":
                raise Unsafe("look-around, flags and named groups are not allowed")
            self.at += 2
        self.depth += 1
        if self.depth > 10:
            raise Unsafe("it holds more than ten groups in each other")
        ways = self.alternatives()
        self.depth -= 1
        if self.peek() != ")":
            raise Unsafe("a group does not end")
        self.at += 1
        return ways

    def repeated(self, inner: int) -> int:
        """Read the quantifier after an atom, if there is one. Returns in how many ways both together can
        match; `inner` is that number for the atom alone.
        """
        least, most = self.counts()
        if most == 1 and least == 1:
            return inner
        if self.peek() in ("?", "+", "*", "{"):
            raise Unsafe("one quantifier follows another")
        if inner > 1 and most > 1:
            return self.bounded(
                sum(self.bounded(inner ** min(times, 20)) for times in range(least, most + 1))
            )
        return (most - least + 1) if inner == 1 else inner + (least == 0)

    def counts(self) -> tuple[int, int]:
        char = self.peek()
        if char in ("?", "*", "+") and char:
            self.at += 1
            return (1 if char == "+" else 0), (1 if char == "?" else LONGEST_TEXT)
        match = _COUNTED.match(self.pattern, self.at)
        if match is None or not (match[1] or match[3]):
            return 1, 1
        self.at = match.end()
        least = int(match[1] or 0)
        most = (int(match[3]) if match[3] else LONGEST_TEXT) if match[2] else least
        if least > most or most > LONGEST_TEXT:
            raise Unsafe(f"a count is larger than {LONGEST_TEXT} or ends before it begins")
        return least, most


@lru_cache(maxsize=1024)
def bounded_pattern(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    """The compiled pattern; raises Unsafe where it is wrong or could take too long."""
    if len(pattern) > LONGEST_PATTERN:
        raise Unsafe(f"it is longer than {LONGEST_PATTERN} characters")
    reader = _Reader(pattern)
    reader.alternatives()
    if reader.at != len(pattern):
        raise Unsafe("a bracket closes that never opened")
    try:
        return re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    except re.error as error:
        raise Unsafe(str(error)) from None


def matches(pattern: str, text: str, *, ignore_case: bool) -> bool:
    """Whether the whole text matches; a text that is too long never does."""
    return (
        len(text) <= LONGEST_TEXT
        and bounded_pattern(pattern, ignore_case=ignore_case).fullmatch(text) is not None
    )
