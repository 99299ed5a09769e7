"""How a checks.py says what its checks and measures are.

A check is a function of a Trace that returns a Verdict; its id is the function's name. `teeth` is a function
that returns None when the run brought about the situation that the check is about. Otherwise it returns the
sentence that says what did not happen, and the verdict is `not_tested`, never `passed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from labs.judging.trace import Trace


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a check: whether it passed, what it expected, what it observed, and the `seq` of the
    events that show it. `late_by` is by how many seconds a bound was missed, for a check that rests on time;
    None where the check cannot say.
    """

    passed: bool
    expected: str
    observed: str
    events: tuple[int, ...] = ()
    late_by: float | None = None


TraceCheck = Callable[[Trace], Verdict]
TraceMeasure = Callable[[Trace], float | int | None]
Teeth = Callable[[Trace], str | None]
AnyCheck = TypeVar("AnyCheck", bound=TraceCheck)
AnyMeasure = TypeVar("AnyMeasure", bound=TraceMeasure)


@dataclass(frozen=True, slots=True)
class Check:
    id: str
    title: str
    judge: TraceCheck
    teeth: Teeth | None
    rests_on_time: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    id: str
    title: str
    unit: str
    read: TraceMeasure


DECLARATION = "_labs_checking"


def check(
    title: str, *, teeth: Teeth | None = None, rests_on_time: bool = False
) -> Callable[[AnyCheck], AnyCheck]:
    """Declare a function to be a check; raises `TypeError` for teeth that cannot be called. `rests_on_time`
    says that a busy machine can turn its verdict; the verdict is then `not_judged` where the measured
    lateness of the run could explain that it failed.
    """
    if teeth is not None and not callable(teeth):
        raise TypeError("teeth= takes a function of the trace")

    def declare(function: AnyCheck) -> AnyCheck:
        setattr(function, DECLARATION, Check(function.__name__, title, function, teeth, rests_on_time))
        return function

    return declare


def measure(title: str, *, unit: str) -> Callable[[AnyMeasure], AnyMeasure]:
    """Declare a function to be a measure."""

    def declare(function: AnyMeasure) -> AnyMeasure:
        setattr(function, DECLARATION, Measure(function.__name__, title, unit, function))
        return function

    return declare


def declared(names: Iterable[Any]) -> tuple[list[Check], list[Measure]]:
    """The checks and measures among the values of a module, in their order there."""
    found = [getattr(value, DECLARATION) for value in names if hasattr(value, DECLARATION)]
    return [m for m in found if isinstance(m, Check)], [m for m in found if isinstance(m, Measure)]
