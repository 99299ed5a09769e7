"""Whether a pattern can match anything that a learner types: texts that it matches are made and tried.

Answers are compared in one notation (`typed_text.comparable`), so a pattern that asks for two spaces, a curly
quote or a blank at its end would wait for ever. The pattern is one that `patterns.bounded_pattern` accepted.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

from authoring.notation.typed_text import as_sentence, comparable
from quizzes.grammar.patterns import LONGEST_TEXT, bounded_pattern, matches

_MOST = 48
"""Texts that are kept for one part of a pattern."""
_PROBES = [*map(chr, range(32, 127)), "é", "ä", "ж", "中", "\u2026", "\u2019", "\u2013", "\t"]
_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_COUNT = re.compile(r"\{(\d*)(,?)(\d*)\}|[?*+]")


@dataclass
class _Writer:
    """Walks over a pattern and writes texts that it may match."""

    pattern: str
    at: int = 0

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def alternatives(self) -> list[str]:
        found = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            found.append(self.sequence())
        return _few([text for texts in found for text in _few(texts, _MOST // len(found) + 1)])

    def sequence(self) -> list[str]:
        texts = [""]
        while self.peek() not in ("", "|", ")"):
            part = self.repeated(self.part())
            texts = _few([one + other for one, other in islice(product(texts, part), 20 * _MOST)])
        return texts

    def part(self) -> list[str]:
        if self.peek() == "(":
            self.at += 3 if self.pattern.startswith("(?:", self.at) else 1
            inner = self.alternatives()
            self.at += 1
            return inner
        match = _PART.match(self.pattern, self.at)
        assert match is not None  # a pattern that compiles goes on with some part
        self.at = match.end()
        return _signs(match[0])

    def repeated(self, inner: list[str]) -> list[str]:
        match = _COUNT.match(self.pattern, self.at)
        if match is None or match[0] == "{,}":
            return inner
        self.at = match.end()
        if match[0] in ("?", "*", "+"):
            least, most = (1 if match[0] == "+" else 0), (1 if match[0] == "?" else LONGEST_TEXT)
        else:
            least = int(match[1] or 0)
            most = int(match[3] or LONGEST_TEXT) if match[2] else least
        times = sorted({least, min(least + 1, most), min(least + 2, most)})
        return _few([text * count for count in times for text in inner])


def _few(texts: list[str], most: int = _MOST) -> list[str]:
    """At most `most` different texts, taken from the whole list."""
    texts = list(dict.fromkeys(text for text in texts if len(text) <= LONGEST_TEXT))
    return texts if len(texts) <= most else texts[:: len(texts) // most + 1]


def _signs(part: str) -> list[str]:
    """Some characters of each sort that one part of a pattern stands for; "" for a place such as `\\b`."""
    if part in ("^", "$", r"\b", r"\B"):
        return [""]
    if len(part) == 1 and part != ".":
        return [part]
    compiled = re.compile(part, re.DOTALL)
    sorts: dict[str, list[str]] = {}
    for sign in _PROBES + [c for c in part if c not in "\\[]^-"]:
        if compiled.fullmatch(sign):
            sorts.setdefault(unicodedata.category(sign)[0], []).append(sign)
    return [sign for signs in sorts.values() for sign in signs[:3]]


@lru_cache(maxsize=1024)
def is_reachable(pattern: str, *, ignore_case: bool) -> bool:
    """Whether some typed text, in the notation in which answers are compared, matches."""
    bounded_pattern(pattern, ignore_case=ignore_case)
    for text in _Writer(pattern).alternatives():
        for typed in (comparable(text), as_sentence(comparable(text))):
            if typed and matches(pattern, typed, ignore_case=ignore_case):
                return True
    return False
