"""Words and phrases of the field that mean the same (`synonyms.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("synonyms.toml")
Phrase = tuple[str, ...]


ENDINGS = ("", "s", "d", "es", "ed", "ing")


@cache
def _read() -> dict[str, list[Any]]:
    return tomllib.loads(FILE.read_text())


@cache
def _known() -> frozenset[str]:
    return frozenset(_read()["words"]) | {word for phrase in groups() for word in phrase}


def is_known(word: str) -> bool:
    """Is it a word of `synonyms.toml`, or one with an ending? Then it is not mistyped."""
    return any(word.endswith(ending) and word.removesuffix(ending) in _known() for ending in ENDINGS)


@cache
def groups() -> dict[Phrase, tuple[Phrase, ...]]:
    """Every phrase with the others of its group."""
    phrases = [[tuple(member.split()) for member in group] for group in _read()["groups"]]
    return {phrase: tuple(p for p in group if p != phrase) for group in phrases for phrase in group}


def alternatives(words: Sequence[str]) -> list[tuple[Phrase, ...]]:
    """A query cut into phrases, each with its synonyms; the phrase as typed is first. Long phrases win."""
    known, found, at = groups(), [], 0
    longest = max(map(len, known))
    while at < len(words):
        for size in range(min(longest, len(words) - at), 0, -1):
            phrase = tuple(words[at : at + size])
            if size == 1 or phrase in known:
                found.append((phrase, *known.get(phrase, ())))
                at += size
                break
    return found
