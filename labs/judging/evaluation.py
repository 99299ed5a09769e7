"""Judge a run: load the checks.py of its lab (trusted code of the repository) and evaluate it on the
trace.
"""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from labs.judging.declarations import Check, Measure, Verdict, declared
from labs.judging.lateness import Lateness
from labs.judging.trace import Trace
from sandbox.protocol import Event, Kind, Outcome, VerdictKind

log = logging.getLogger(__name__)
LONGEST_WORDS, MOST_EVENTS = 600, 50
"""Bounds of a verdict, because what was observed may contain names that learner code chose."""


@dataclass(frozen=True)
class Checks:
    """What one checks.py holds."""

    checks: list[Check]
    measures: list[Measure]


@functools.lru_cache(maxsize=64)
def compiled(source: str, name: str) -> Checks:
    """The checks of a checks.py. Raises whatever importing it raises. `name` appears in tracebacks."""
    module = ModuleType(f"checks_of_{name.replace('-', '_')}")
    exec(compile(source, f"{name}/checks.py", "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - content is code of the repository
    return Checks(*declared(vars(module).values()))


@dataclass(frozen=True)
class Judgement:
    """What is written to the run: verdicts, measures, and the outcome that follows from the verdicts."""

    outcome: Outcome
    checks: list[dict[str, Any]]
    measures: dict[str, float | None]


def judge(
    checks: Checks, events: Iterable[Event], knobs: dict[str, Any], lateness: Lateness | None = None
) -> Judgement:
    """Evaluate all checks and measures. A check that raises is `not_tested`; a measure that raises is
    None. A check that rests on time and fails is `not_judged` where the run's `lateness` could explain it.
    """
    trace = Trace(of_last_claim(events), knobs)
    verdicts = [_verdict(check, trace, lateness or Lateness()) for check in checks.checks]
    measures = {measure.id: _number(measure, trace) for measure in checks.measures}
    if not verdicts:
        return Judgement(Outcome.RAN, [], measures)
    return Judgement(_outcome({verdict["verdict"] for verdict in verdicts}), verdicts, measures)


def _outcome(found: set[str]) -> Outcome:
    """The outcome that follows from the kinds of verdicts that a run has."""
    if found == {VerdictKind.PASSED}:
        return Outcome.PASSED
    if VerdictKind.NOT_JUDGED in found and VerdictKind.FAILED not in found:
        return Outcome.NOT_JUDGED
    return Outcome.FAILED_CHECKS


def untested(definition: dict[str, Any], why: str) -> list[dict[str, Any]]:
    """The verdicts of a run that did not finish by itself: all `not_tested`, because of `why`."""
    return [
        _row(check["id"], check["title"], VerdictKind.NOT_TESTED, "", why) for check in definition["checks"]
    ]


def of_last_claim(events: Iterable[Event]) -> list[Event]:
    """The events since the last requeue. What an interrupted claim did is not judged."""
    kept: list[Event] = []
    for event in events:
        if event.kind == Kind.RUN_REQUEUED:
            kept.clear()
        kept.append(event)
    return kept


def _verdict(check: Check, trace: Trace, lateness: Lateness) -> dict[str, Any]:
    try:
        if check.teeth and (missing := check.teeth(trace)) is not None:
            return _row(check.id, check.title, VerdictKind.NOT_TESTED, "", missing)
        verdict = check.judge(trace)
        if not isinstance(verdict, Verdict):
            raise TypeError(f"a check returns a Verdict, not {type(verdict).__name__}")
    except Exception as error:
        log.exception("check %s could not be evaluated", check.id)
        return _row(
            check.id, check.title, VerdictKind.NOT_TESTED, "", f"This check could not be evaluated: {error!r}"
        )
    kind, observed = VerdictKind.PASSED if verdict.passed else VerdictKind.FAILED, verdict.observed
    if not verdict.passed and check.rests_on_time and lateness.explains(verdict.late_by):
        kind, observed = (
            VerdictKind.NOT_JUDGED,
            f"{observed}. The machine was too busy to judge that: {lateness}.",
        )
    return _row(check.id, check.title, kind, verdict.expected, observed, verdict.events)


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
