"""Whether the functions of a checks.py can be called as a judge calls them: with a trace and nothing else."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from authoring.problems import Problems
from labs.judging.evaluation import Checks


def _functions(found: Checks) -> Iterator[Callable[..., Any]]:
    for check in found.checks:
        yield check.judge
        if check.teeth is not None:
            yield check.teeth
    for measure in found.measures:
        yield measure.read


def _takes_a_trace(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(None)
    except TypeError:
        return False
    except ValueError:  # nothing is known of its parameters
        return True
    return not inspect.iscoroutinefunction(function)


def _line_of(function: Callable[..., Any], text: str) -> int:
    """The line of the `def`, or the first line of the function where it has no such line."""
    code = getattr(function, "__code__", None)
    first = code.co_firstlineno if code else 1
    rows = text.splitlines()
    named = range(first, len(rows) + 1)
    words = (f"def {function.__name__}(", f"async def {function.__name__}(")
    return next((n for n in named if rows[n - 1].lstrip().startswith(words)), first)


def report_signatures(found: Checks, text: str, file: str, problems: Problems) -> None:
    """Report checks, their teeth and measures that cannot be called with one trace."""
    for function in _functions(found):
        if not _takes_a_trace(function):
            name = getattr(function, "__name__", "the function")
            what = f"{name} is not a function of one trace"
            problems.add(file, _line_of(function, text), what, f"write def {name}(trace: Trace)")
