"""`[params]` of a question: all values of each parameter, and keys of the question that ended up there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from quizzes.grammar.arithmetic import Unclear
from quizzes.grammar.variants import MOST_COMBINATIONS, choices_of, combinations

Params = dict[str, list[Any]]
KEYS = frozenset({"kind", "level", "tags", "shuffle", "partial", "case", "answer", "tolerance", "unit"}) | {
    *("lab", "measure", "given", "minutes"),
}
"""The keys of questions of any kind, without `params` itself."""
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def read(
    settings: dict[str, Any], add: Callable[[int, str, str], None], line_of: Callable[[str], int]
) -> Params:
    """Take `params` out of a question's settings. A key of the question that stands below `[params]` belongs
    to that table in TOML: it is reported, and put back where it was meant to be.
    """
    found: Params = {}
    table = settings.pop("params", {})
    if not isinstance(table, dict):
        fix = "write [params] and below it n = { range = [2, 6] }"
        add(line_of("params"), '"params" is not a table', fix)
        return found
    for name, value in table.items():
        try:
            choices = choices_of(value)
        except Unclear as error:
            if name in KEYS:
                _put_back(name, value, settings, add, line_of)
                continue
            what = f"the parameter {name} cannot be read: {error}"
            add(line_of(name), what, "write { range = [2, 6] }")
        else:
            if name == "tags" and isinstance(value, list):
                _put_back(name, value, settings, add, line_of)
                continue
            found[name] = choices
        if not _NAME.match(name):
            what = f'"{name}" is not a valid name for a parameter'
            add(line_of(name), what, "use small letters, digits and _")
    if (count := combinations(found)) > MOST_COMBINATIONS:
        what = f"the parameters make {count} combinations"
        add(line_of("params"), what, f"give them fewer values, at most {MOST_COMBINATIONS} together")
        return {name: choices[:1] for name, choices in found.items()}
    return found


def _put_back(
    name: str,
    value: Any,
    settings: dict[str, Any],
    add: Callable[[int, str, str], None],
    line_of: Callable[[str], int],
) -> None:
    add(line_of(name), f"{name} is a key of the question", "move it above [params]")
    settings.setdefault(name, value)
