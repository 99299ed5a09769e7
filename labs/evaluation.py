"""Judge a run: load its lab's checks.py (trusted code of the repository) and evaluate it on the trace."""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from labs.checking import Check, Measure, Trace, Verdict, marked
from sandbox.protocol import Event, Kind, Outcome, VerdictKind

log = logging.getLogger(__name__)
LONGEST_WORDS, MOST_EVENTS = 600, 50
"""Of a verdict: what was observed may hold names that a program chose."""


@dataclass(frozen=True)
class Checks:
    """What one checks.py holds."""

    checks: list[Check]
    measures: list[Measure]


@functools.lru_cache(maxsize=64)
def compiled(source: str, name: str) -> Checks:
    """The checks of a checks.py; raises whatever its import raises. `name` is for tracebacks."""
    module = ModuleType(f"checks_of_{name.replace('-', '_')}")
    exec(compile(source, f"{name}/checks.py", "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - content is code of the repository
    return Checks(*marked(vars(module).values()))


@dataclass(frozen=True)
class Judgement:
    """What a run's row gets: verdicts, measures and what they make of the outcome."""

    outcome: Outcome
    checks: list[dict[str, Any]]
    measures: dict[str, float | None]


def judge(checks: Checks, events: Iterable[Event], knobs: dict[str, Any]) -> Judgement:
    """Evaluate all checks and measures. One that raises is `not_tested`, a measure that raises is None."""
    trace = Trace(of_last_attempt(events), knobs)
    verdicts = [_verdict(check, trace) for check in checks.checks]
    measures = {measure.id: _number(measure, trace) for measure in checks.measures}
    if not verdicts:
        return Judgement(Outcome.RAN, [], measures)
    passed = all(verdict["verdict"] == VerdictKind.PASSED for verdict in verdicts)
    return Judgement(Outcome.PASSED if passed else Outcome.FAILED_CHECKS, verdicts, measures)


def untested(definition: dict[str, Any], why: str) -> list[dict[str, Any]]:
    """Verdicts of a run that did not come to its own end."""
    return [_row(check["id"], check["title"], VerdictKind.NOT_TESTED, "", why) for check in definition["checks"]]


def of_last_attempt(events: Iterable[Event]) -> list[Event]:
    """What an earlier, interrupted attempt did is no part of the answer."""
    kept: list[Event] = []
    for event in events:
        if event.kind == Kind.RUN_REQUEUED:
            kept.clear()
        kept.append(event)
    return kept


def _verdict(check: Check, trace: Trace) -> dict[str, Any]:
    try:
        if check.teeth and (missing := check.teeth(trace)) is not None:
            return _row(check.id, check.title, VerdictKind.NOT_TESTED, "", missing)
        verdict = check.judge(trace)
        if not isinstance(verdict, Verdict):
            raise TypeError(f"a check returns a Verdict, not {type(verdict).__name__}")
    except Exception as error:
        log.exception("check %s could not be evaluated", check.id)
        return _row(check.id, check.title, VerdictKind.NOT_TESTED, "", f"This check could not be evaluated: {error!r}")
    kind = VerdictKind.PASSED if verdict.passed else VerdictKind.FAILED
    return _row(check.id, check.title, kind, verdict.expected, verdict.observed, verdict.events)


def _row(
    name: str, title: str, kind: VerdictKind, expected: str, observed: str, events: Iterable[int] = ()
) -> dict[str, Any]:
    seqs = [int(seq) for seq in events if seq][:MOST_EVENTS]
    return {
        "id": name,
        "title": title,
        "verdict": str(kind),
        "expected": expected[:LONGEST_WORDS],
        "observed": observed[:LONGEST_WORDS],
        "events": seqs,
    }


def _number(measure: Measure, trace: Trace) -> float | None:
    try:
        value = measure.read(trace)
        return None if value is None or not math.isfinite(value) else value
    except Exception:
        log.exception("measure %s could not be read", measure.id)
        return None
