"""Variants of a question: values for its parameters and an order for its options, both given by a seed.

Before Markdown is rendered each `{{ expression }}` becomes a token of letters and digits, which survives
rendering, highlighting and sanitising. A page puts the value in its place, escaped.
"""

from __future__ import annotations

import itertools
import math
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from html import escape
from typing import Any, Self

from quizzes.grammar.arithmetic import Unclear, Value, evaluate, exact, written

MOST_COMBINATIONS = 500
EXPRESSION = re.compile(r"\{\{([^{}\n]*)\}\}")
TOKEN = re.compile(r"BBVALUE(\d+)BB")


@dataclass
class Expressions:
    """The expressions of one question, in the order of their first appearance."""

    sources: list[str] = field(default_factory=list)

    def put_tokens(self, text: str) -> str:
        """The text with a token in place of each `{{ expression }}`; lines stay lines."""

        def token(match: re.Match[str]) -> str:
            source = match.group(1).strip()
            if source not in self.sources:
                self.sources.append(source)
            return f"BBVALUE{self.sources.index(source)}BB"

        return EXPRESSION.sub(token, text)

    def take_tokens_out(self, text: str) -> str:
        """The text as the author wrote it, for messages."""
        return TOKEN.sub(lambda match: "{{ " + self.sources[int(match.group(1))] + " }}", text)


@dataclass(frozen=True)
class Variant:
    """One learner's copy of a question."""

    seed: int
    values: Mapping[str, Value]
    expressions: tuple[str, ...] = ()
    shuffled: bool = True

    @classmethod
    def of(cls, definition: Mapping[str, Any], seed: int) -> Self:
        """The variant that a seed picks from a definition's `params`, `expressions` and `shuffle`."""
        # A seed has to give the same variant for ever; nothing secret hangs on it.
        chance = random.Random(f"{seed}/values")  # noqa: S311
        params: Mapping[str, list[Any]] = definition.get("params", {})
        values = {name: value_of(chance.choice(choices)) for name, choices in params.items()}
        return cls(
            seed, values, tuple(definition.get("expressions", ())), bool(definition.get("shuffle", True))
        )

    def text(self, marked: str) -> str:
        """Plain text with the values in place of the tokens."""
        return self._filled(marked, lambda value: value)

    def html(self, marked: str) -> str:
        """HTML with the values, escaped, in place of the tokens."""
        return self._filled(marked, escape)

    def number(self, marked: str | int | float) -> Fraction:
        """The number that a text or a token stands for; raises Unclear."""
        if isinstance(marked, str) and (match := TOKEN.fullmatch(marked.strip())):
            value = evaluate(self.expressions[int(match.group(1))], self.values)
            if isinstance(value, str):
                raise Unclear("it is a word where a number is needed")
            return value
        return exact(self.text(marked).strip() if isinstance(marked, str) else marked)

    def order(self, count: int, last: frozenset[int] = frozenset()) -> list[int]:
        """The numbers 0 … count - 1 in the order of this learner; those in `last` stay at the end."""
        if not self.shuffled:
            return list(range(count))
        loose = [number for number in range(count) if number not in last]
        random.Random(f"{self.seed}/order").shuffle(loose)  # noqa: S311 - see above
        return loose + sorted(last)

    def _filled(self, marked: str, put: Any) -> str:
        if not self.expressions:
            return marked
        return TOKEN.sub(
            lambda m: str(put(written(evaluate(self.expressions[int(m.group(1))], self.values)))), marked
        )


def value_of(choice: Any) -> Value:
    """A parameter's choice as a value: a number, or a word."""
    return choice if isinstance(choice, str) else exact(choice)


def choices_of(given: Any) -> list[Any]:
    """All values that a parameter may take, from how the author wrote it; raises Unclear.

    `{range = [2, 6]}` and `{from = 2, to = 6, step = 2}` hold both ends; `{choice = ["celery", "rq"]}` or a
    plain list.
    """
    match given:
        case list():
            found = given
        case {"choice": list() as choices, **rest} if not rest:
            found = choices
        case {"range": [start, end], **rest} if not rest:
            found = _steps(start, end, 1)
        case {"range": [start, end, step], **rest} if not rest:
            found = _steps(start, end, step)
        case {"from": start, "to": end, **rest} if set(rest) <= {"step"}:
            found = _steps(start, end, rest.get("step", 1))
        case _:
            raise Unclear("it is neither {range = [2, 6]}, {from = 2, to = 6, step = 2} nor {choice = [...]}")
    if not found:
        raise Unclear("it has no value")
    if not all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in found):
        raise Unclear("its values are neither numbers nor words")
    return list(found)


def _steps(start: Any, end: Any, step: Any) -> list[Any]:
    if not all(
        isinstance(number, int | float) and not isinstance(number, bool) for number in (start, end, step)
    ):
        raise Unclear("its ends and its step are no numbers")
    first, past, by = exact(start), exact(end), exact(step)
    if by <= 0 or past < first:
        raise Unclear("its end comes before its start")
    if (past - first) / by > MOST_COMBINATIONS:
        raise Unclear(f"it has more than {MOST_COMBINATIONS} values")
    found = []
    while first <= past:
        found.append(int(first) if first.denominator == 1 else float(first))
        first += by
    return found


def combinations(params: Mapping[str, list[Any]]) -> int:
    """How many variants the parameters make."""
    return math.prod(len(choices) for choices in params.values())


def every_variant(params: Mapping[str, list[Any]], expressions: tuple[str, ...]) -> Iterator[Variant]:
    """Each combination of values once; the order of options is the author's."""
    for combination in itertools.product(*params.values()):
        values = {name: value_of(value) for name, value in zip(params, combination, strict=True)}
        yield Variant(0, values, expressions, shuffled=False)
