"""The loader tries every combination of a question's parameters, so that no learner gets a broken one."""

from __future__ import annotations

from typing import Any

from quizzes.grammar.arithmetic import Unclear, evaluate, written
from quizzes.grammar.author import AuthoredQuestion
from quizzes.grammar.variants import EXPRESSION, every_variant
from quizzes.kinds import Definition, Kind, Variant


def check_variants(
    author: AuthoredQuestion,
    kind: Kind,
    definition: Definition,
    params: dict[str, list[Any]],
    sources: list[str],
    body: str,
    first_line: int,
) -> None:
    """Report what some combination breaks: each thing once, with the first values that break it."""
    for name in params:
        if not any(name in source for source in sources):
            author.problem(
                author.line, f"the parameter {name} is used nowhere", f"write {{{{ {name} }}}}, or remove it"
            )
    variants = list(every_variant(params, tuple(sources)))
    if not _evaluates(author, variants, sources, body, first_line):
        return
    reported: set[tuple[int | None, str]] = set()
    for variant in variants:
        try:
            collisions = list(kind.collisions(definition, variant))
        except Unclear as error:
            author.problem(
                author.line, f"{_values(variant)}a number cannot be read: {error}", "fix the expression"
            )
            return
        for collision in collisions:
            if (collision.entry, collision.fix) in reported:
                continue
            reported.add((collision.entry, collision.fix))
            line = author.line if collision.entry is None else author.entries[collision.entry].line
            author.problem(line, _values(variant) + collision.what, collision.fix)


def _evaluates(
    author: AuthoredQuestion, variants: list[Variant], sources: list[str], body: str, first_line: int
) -> bool:
    good = True
    for source in sources:
        held = (
            n
            for n, raw in enumerate(body.splitlines(), first_line)
            if source in map(str.strip, EXPRESSION.findall(raw))
        )
        line = next(held, author.line)
        for variant in variants:
            try:
                evaluate(source, variant.values)
            except Unclear as error:
                what = f"{_values(variant)}the expression {source} cannot be evaluated: {error}"
                author.problem(line, what, "fix it, or its parameters")
                good = False
                break
    return good


def _values(variant: Variant) -> str:
    listed = ", ".join(f"{name} = {written(value)}" for name, value in variant.values.items())
    return f"with {listed} " if listed else ""
