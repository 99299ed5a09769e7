"""The word of the index that a mistyped word was meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from authoring.content_version import current_version
from courseware.models import SearchWord
from courseware.search.synonyms import is_known

SHORTEST = 4
"""Letters of the shortest word that is corrected: shorter words have too many neighbours."""
LONG = 7
"""Letters from which two changes are corrected, and any letter may stand for another."""
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_KEYS = {
    letter: (place + (0, 0.25, 0.75)[row], row)
    for row, letters in enumerate(_KEYBOARD)
    for place, letter in enumerate(letters)
}
_WORD = re.compile(r"[^\W\d_]+")


def vocabulary(texts: Iterable[str]) -> set[str]:
    """The words of these texts that a typing error may have been meant to be."""
    found = {word for text in texts for word in _WORD.findall(text.lower())}
    return {word for word in found if SHORTEST <= len(word) <= SearchWord.LONGEST}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words of one version of the index by length: word, its letters, in how many documents it is."""

    version: str
    by_length: dict[int, list[tuple[str, frozenset[str], int]]]

    @classmethod
    def read(cls, version: str) -> Vocabulary:
        by_length: dict[int, list[tuple[str, frozenset[str], int]]] = {}
        counted = SearchWord.objects.values_list("word").annotate(documents=Count("pk"))
        for word, documents in counted.order_by():
            by_length.setdefault(len(word), []).append((word, frozenset(word), documents))
        return cls(version, by_length)


_last: list[Vocabulary] = []


def current_vocabulary() -> Vocabulary:
    """The vocabulary of the published content. This process reads it once for each version."""
    version = current_version()
    if not version:
        return Vocabulary.read(version)
    if not _last or _last[0].version != version:
        _last[:] = [Vocabulary.read(version)]
    return _last[0]


def correction(word: str) -> str | None:
    """The nearest word of the index: at most one change in a word of 4 to 6 letters, two in a longer one.

    In the shorter ones a letter stands only for its neighbour on the keyboard: `rate` is no mistyped `race`.
    Of two words that are equally near, the one in more documents is taken. None if no word is near, or if the
    word is one of `synonyms.toml`.
    """
    if len(word) < SHORTEST or len(word) > SearchWord.LONGEST or is_known(word):
        return None
    most = 1 if len(word) < LONG else 2
    letters, best = frozenset(word), None
    by_length = current_vocabulary().by_length
    for length in range(len(word) - most, len(word) + most + 1):
        for candidate, of_candidate, documents in by_length.get(length, ()):
            # One change of a word changes at most two letters of its set. This leaves one word in twenty for
            # `distance`, which is what takes time.
            if len(letters ^ of_candidate) > 2 * most:
                continue
            changes = distance(word, candidate, most)
            rank = (changes, candidate[0] != word[0], -documents, candidate)
            if changes > most or (len(word) < LONG and _is_other_word(word, candidate)):
                continue
            if best is None or rank < best:
                best = rank
    return best[-1] if best else None


def _is_other_word(word: str, candidate: str) -> bool:
    """Do they differ in one letter that a finger does not mistake for the other?"""
    if len(word) != len(candidate):
        return False
    differing = [pair for pair in zip(word, candidate, strict=True) if pair[0] != pair[1]]
    return len(differing) == 1 and not _are_neighbours(*differing[0])


def _are_neighbours(one: str, other: str) -> bool:
    if one not in _KEYS or other not in _KEYS:
        return False
    (x, row), (u, below) = _KEYS[one], _KEYS[other]
    return abs(row - below) <= 1 and abs(x - u) <= (1 if row == below else 0.8)


def distance(one: str, other: str, most: int = 99) -> int:
    """Letters to add, take out or replace, or neighbours to swap, that make one word the other.

    More than `most` are not counted to the end.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        before, above, row = row, before, [i]
        for j, right in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > most + 1:  # a swap may still take one back
            return min(row)
    return row[-1]
