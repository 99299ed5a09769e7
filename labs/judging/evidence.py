"""Evidence that checks of several labs look for in a trace, and the words in which they report it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from labs.judging.executions import Execution
from labs.judging.trace import Trace
from sandbox.protocol import Event, Kind


def responses(trace: Trace) -> list[Event]:
    """What the driver's clients saw, by the driver's clock: its marks "answer", with what the driver put into
    `data`, at least `status` (None where no response came).
    """
    return trace.of(Kind.MARK, text="answer", lane="driver")


def teeth_of_responses(trace: Trace, expected: int, what: str) -> str | None:
    """A premise for checks: each of the `expected` requests has ended. Returns None, or a sentence with the
    number of those that have. `what` names the requests, as "orders".
    """
    number = len(responses(trace))
    return None if number == expected else f"{number} of {expected} {what} had come to an end."


def stub_calls(
    trace: Trace,
    path: str | None = None,
    *,
    lane: str | None = None,
    during: Callable[[Execution], bool] | None = None,
) -> list[Event]:
    """What stub servers responded to: effects, which learner code cannot report without causing them. A call
    whose caller died while the response was held is none.

    `during` keeps only calls during which such an execution was under way: a thread, a daemon or a web
    process can make the same call, and does not do the task's work by that.
    """
    match = {name: value for name, value in (("path", path), ("lane", lane)) if value is not None}
    calls = [call for call in trace.of(Kind.STUB_CALLED, **match) if not call.data.get("caller_gone")]
    if during is None:
        return calls
    return [call for call in calls if any(during(execution) for execution in trace.under_way(call))]


def late_if_cut_off(trace: Trace) -> float | None:
    """For a verdict about what never happened, its `late_by`: unknown (None) if the driver gave up waiting
    for quiet, so that the machine may have been too slow; infinite if the lab had become quiet without it.
    """
    marks = trace.of(Kind.MARK, lane="driver")
    gave_up = any("the lab was not quiet" in str(mark.data.get("text")) for mark in marks)
    return None if gave_up else math.inf


def meddling(trace: Trace, *lanes: str) -> str | None:
    """Teeth: did a program of the run stop or wake one of these lanes? Every program can send the signals."""
    for command in trace.of(Kind.COMMAND, by="program"):
        if command.data["target"] in lanes:
            said = f"{command.data['action']} on {command.data['target']}"
            return f"A program of the run did this by a signal: {said}. So the run shows nothing."
    return None


def executions_by_task(trace: Trace) -> dict[str, list[Execution]]:
    """The executions of each task id. Ids and executions are in the order of their starts."""
    groups: dict[str, list[Execution]] = {}
    for execution in trace.executions():
        groups.setdefault(execution.task, []).append(execution)
    return groups


def executions_of(trace: Trace, task: str) -> list[Execution]:
    """The executions of one task id, in the order of their starts."""
    return executions_by_task(trace).get(task, [])


def percentile(values: Iterable[float], share: float) -> float | None:
    """The nearest-rank percentile: of the n values in order, the one at rank ceil(share * n). `share` is
    above 0 and at most 1. None if there are no values.
    """
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * share) - 1] if ordered else None


def first_few(words: Sequence[str], most: int = 3) -> str:
    """The first words, as `a, b, c and 4 more`; "" if there are none."""
    rest = len(words) - most
    return ", ".join(words[:most]) + (f" and {rest} more" if rest > 0 else "")


def counted(number: int, noun: str) -> str:
    """`1 start`, `2 starts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def seqs(events: Iterable[Event], most: int = 3) -> tuple[int, ...]:
    """The `seq` of the first few events, for a Verdict."""
    return tuple(event.seq for event in events)[:most]
