"""Checks and measures of this lab: functions of a Trace that return a Verdict or a number.

A hand-made worker reports no executions. In their place stand its prints: print_label marks the beginning and
the end of each, and the bench says in which lane. A lane's end ends them too.
"""

import math
from dataclasses import dataclass

from labs.checking import (
    Event,
    Trace,
    Verdict,
    check,
    counted,
    first_few,
    measure,
    meddling,
    seqs,
    stub_calls,
)

WORKERS = ("worker-1", "worker-2")
NUMBER = 20
SIGKILL = 9
AT_THE_KILL = ("two labels being printed", "after the kill")  # what the driver's marks say
LONG = 2.0  # s; a reaper that looks at age alone takes a label from a worker that holds it for so long


@dataclass(frozen=True)
class Day:
    """What the driver and the shop draw from the run's seed."""

    orders: list[int]
    for_celery: int
    abroad: int
    victim: int

    def path(self, order: int) -> str:
        return f"abroad/{order}" if order == self.abroad else f"labels/{order}"


def day(trace: Trace) -> Day:
    drawn = trace.random()
    *orders, for_celery = drawn.sample(range(1000, 10000), NUMBER + 1)
    place = drawn.randrange(3, 9)
    return Day(orders, for_celery, orders[place], orders[place + 1])


@dataclass
class Print:
    """A worker's call of print_label. `end` is 0 while it is open."""

    order: int
    lane: str
    begin: int
    end: int = 0
    died: bool = False

    def covers(self, event: Event) -> bool:
        return self.begin < event.seq and not 0 < self.end < event.seq


def prints(trace: Trace) -> list[Print]:
    """The prints of both workers in the order of their beginnings."""
    found: list[Print] = []
    for event in trace.events:
        if event.lane not in WORKERS:
            continue
        mine = [one for one in found if one.lane == event.lane and not one.end]
        order = event.data.get("order")
        if event.kind == "lane-down":
            for one in mine:
                one.end, one.died = event.seq, event.data.get("signal") == SIGKILL
        elif event.kind == "mark" and event.data.get("step") == "begun" and isinstance(order, int):
            found.append(Print(order, event.lane, event.seq))
        elif event.kind == "mark" and event.data.get("step") == "ended":
            for one in [one for one in mine if one.order == order][:1]:
                one.end = event.seq
    return found


def printed(trace: Trace, order: int) -> list[Event]:
    """The printer's responses for this label that came while a worker waited in print_label for it."""
    own = [one for one in prints(trace) if one.order == order]
    calls = stub_calls(trace, day(trace).path(order), lane="printer")
    return [call for call in calls if any(one.covers(call) for one in own)]


def asked(trace: Trace, order: int) -> list[Event]:
    """The calls for this label that reached the printer, wherever they came from."""
    return trace.of("stub-received", lane="printer", path=day(trace).path(order))


def death(trace: Trace, order: int) -> Print | None:
    """The print of this label during which the driver killed its worker, before the printer had responded."""
    calls = trace.of("stub-called", lane="printer", path=day(trace).path(order), caller_gone=True)
    if not calls:
        return None
    kills = trace.of("command", action="kill")
    for one in prints(trace):
        is_killed = any(kill.data["target"] == one.lane and one.covers(kill) for kill in kills)
        if one.order == order and one.died and is_killed:
            return one
    return None


def ends_of_act(trace: Trace) -> list[Event]:
    return trace.of("mark", lane="driver", when="the end of act 1")


def late(trace: Trace) -> float | None:
    """For a label that was never printed: by an unknown time while something of it may still be in the broker
    or with a worker, infinite if it is nowhere.
    """
    ends = ends_of_act(trace)
    held = sum(number for key, number in ends[0].data["held"].items() if key != "printed") if ends else 1
    is_busy = any(one.covers(end) for one in prints(trace) for end in ends)
    return None if held or is_busy else math.inf


# Teeth: None when the run brought the situation about, otherwise the sentence that says what was missing.

def a_worker_died_with_a_label(trace: Trace) -> str | None:
    if why := meddling(trace, *WORKERS, "broker", "printer"):
        return why
    if not ends_of_act(trace):
        return "Act 1 did not come to its end."
    if death(trace, day(trace).victim) is None:
        return "No worker was killed while it waited for the printer, so no loss was tested."
    return None


def a_worker_lived_with_a_label(trace: Trace) -> str | None:
    if why := a_worker_died_with_a_label(trace):
        return why
    given = day(trace)
    dead = death(trace, given.victim)
    own = [one for one in prints(trace) if one.order == given.abroad]
    first = own[0] if own else None
    if first is None or not first.begin < dead.end or (first.died and first.end < ends_of_act(trace)[0].seq):
        return "No other worker lived on with the label for abroad when the first one was killed."
    if trace.knobs["slow_label"] < LONG:
        return f"The label for abroad was printed in less than {LONG:g} s, so age alone explains nothing."
    return None


def most_labels_were_asked_for(trace: Trace) -> str | None:
    calls = [len(asked(trace, order)) for order in day(trace).orders]
    number = NUMBER - calls.count(0)
    if number >= NUMBER - 2 or max(calls) > 2:
        return None
    return f"Only {number} of {NUMBER} labels reached the printer."


@check("Every label is printed by a worker", teeth=a_worker_died_with_a_label, rests_on_time=True)
def every_label_is_printed(trace: Trace) -> Verdict:
    given = day(trace)
    missing = [order for order in given.orders if not printed(trace, order)]
    told = {given.victim: f"{given.victim}, whose worker was killed"}
    words = [told.get(order, str(order)) for order in missing]
    first = asked(trace, given.victim)
    return Verdict(
        passed=not missing,
        expected=f"{NUMBER} labels, each of them printed while a worker waited for it",
        observed=f"not printed: {first_few(words)}" if missing else f"{NUMBER} printed by workers",
        events=(*seqs(first), death(trace, given.victim).end),
        late_by=late(trace),
    )


@check("The broker has a label until it is printed", teeth=a_worker_died_with_a_label, rests_on_time=True)
def broker_has_every_label(trace: Trace) -> Verdict:
    """Nothing moves at these marks: both workers wait for the printer, or one of them is dead."""
    marks = [mark for when in AT_THE_KILL for mark in trace.of("mark", lane="driver", when=when)]
    most = max((sum(mark.data["held"].values()) for mark in marks), default=0)
    ends = [event.seq for event in trace.of("lane-down", lane="web")]
    is_sent = any(end < mark.seq for end in ends for mark in marks)
    return Verdict(
        passed=most >= NUMBER,
        expected=f"{NUMBER} labels in lists, hashes and sets of the broker while two of them are printed",
        observed=f"{most} labels, with those that are named in `printed`",
        events=seqs(marks),
        # The web process may not have sent all labels yet.
        late_by=math.inf if is_sent else None,
    )


@check(
    "No label is printed twice unless its worker was killed",
    teeth=most_labels_were_asked_for,
    rests_on_time=True,
)
def no_label_is_printed_twice(trace: Trace) -> Verdict:
    more: dict[int, list[Event]] = {}
    for order in day(trace).orders:
        calls, allowed = asked(trace, order), 2 if death(trace, order) else 1
        if len(calls) > allowed and order != day(trace).abroad:
            more[order] = calls
    words = [f"{order} was asked for {counted(len(calls), 'time')}" for order, calls in more.items()]
    return Verdict(
        passed=not more,
        expected="one call for each label, and a second one only after the death of its worker",
        observed=first_few(words) or "none was printed twice",
        events=seqs([call for calls in more.values() for call in calls[1:]]),
        late_by=None,  # a sign of life may have come late
    )


@check(
    "A worker that lives keeps its label, however slow",
    teeth=a_worker_lived_with_a_label,
    rests_on_time=True,
)
def living_worker_keeps_its_label(trace: Trace) -> Verdict:
    given = day(trace)
    calls, done = asked(trace, given.abroad), printed(trace, given.abroad)
    seconds = f"{done[-1].t - calls[0].t:.1f} s" if done else "the whole run"
    return Verdict(
        passed=len(calls) == 1 and len(done) == 1,
        expected="one call for the label for abroad, by the worker that took it first",
        observed=f"{counted(len(calls), 'call')} for {given.path(given.abroad)} in {seconds}",
        events=seqs(calls),
        late_by=None if len(calls) > 1 else late(trace),
    )


@check(
    "Nothing is left in a list, and the results are right",
    teeth=most_labels_were_asked_for,
    rests_on_time=True,
)
def nothing_is_left(trace: Trace) -> Verdict:
    expected = "no entry in any list, and a field in the hash `printed` for each printed label"
    ends, told = ends_of_act(trace), trace.of("mark", lane="driver", text="results")
    if not ends or not told:
        return Verdict(False, expected, "act 1 did not come to its end")
    lists = {key: number for key, number in ends[0].data["lists"].items() if number}
    done = {str(order) for order in day(trace).orders if printed(trace, order)}
    claimed = {str(order) for order in told[0].data["orders"]}
    words = [f"{key} still holds {counted(number, 'message')}" for key, number in lists.items()]
    words += [f"{order} is printed and has no result" for order in sorted(done - claimed)]
    words += [f"{order} has a result and is not printed" for order in sorted(claimed - done)]
    return Verdict(
        passed=not words,
        expected=expected,
        observed=first_few(words) or f"empty lists, {counted(len(claimed), 'result')}",
        events=(ends[0].seq, told[0].seq),
        late_by=None if lists or done - claimed else math.inf,
    )


@measure("Labels that the printer was asked for twice", unit="labels")
def asked_twice(trace: Trace) -> int:
    return sum(len(asked(trace, order)) > 1 for order in day(trace).orders)


@measure("Labels that were never printed", unit="labels")
def never_printed(trace: Trace) -> int:
    return sum(not printed(trace, order) for order in day(trace).orders)


@measure("Seconds from the kill to the second call for the label", unit="s")
def back_after(trace: Trace) -> float | None:
    dead = death(trace, day(trace).victim)
    if dead is None:
        return None
    end = next(event for event in trace.events if event.seq == dead.end)
    again = [call for call in asked(trace, day(trace).victim) if call.seq > dead.end]
    return round(again[0].t - end.t, 2) if again else None


@measure("Entries for the label in Celery's keys after the kill", unit="entries")
def celery_entries(trace: Trace) -> int | None:
    told = trace.of("mark", lane="driver", when="Celery, killed")
    if not told:
        return None
    held = told[0].data["held"]
    return sum(int(held.get(key, 0)) for key in ("labels", "unacked"))
