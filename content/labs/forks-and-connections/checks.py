"""Checks and measures of this lab: functions of a Trace that return a Verdict or a number."""

import math
from collections import Counter
from dataclasses import dataclass

from labs.checking import (
    Event,
    Execution,
    Trace,
    Verdict,
    check,
    counted,
    executions_of,
    first_few,
    late_if_cut_off,
    measure,
    meddling,
    seqs,
    stub_calls,
)

LABELS = 40
TEAS = ("assam", "sencha", "darjeeling", "oolong", "rooibos", "lapsang")
FEWEST_MEETINGS = 8  # of 20
FEWEST_CALLS = 3  # of each of two children
CONNECTIONS_OF_A_CHILD = 2  # one, and another one after a failure
WORKER = "worker-1"


@dataclass(frozen=True)
class Call:
    """A call to the address service by the task for this customer. `process` is the pid of its child."""

    customer: int
    process: int | None
    received: int
    responded: int
    connection: int


def customers(trace: Trace) -> list[int]:
    drawn: list[int] = trace.random().sample(range(1000, 10000), LABELS)
    return drawn


def prices(trace: Trace) -> dict[str, int]:
    """The price of each tea. The driver drew it without the seed, so that nobody can know it unread."""
    marks = trace.of("mark", lane="driver", text="prices")
    return dict(marks[0].data["pence"]) if marks else {}


def price_connections(trace: Trace) -> int:
    """How many connections Valkey accepted while the prices were read."""
    return sum(mark.data["connections"] for mark in trace.of("mark", lane="driver", text="prices"))


def tasks(trace: Trace) -> dict[int, str]:
    """The driver's task id for each customer."""
    sent = trace.of("mark", lane="driver", text="label")
    return {mark.data["customer"]: mark.data["task"] for mark in sent}


def asker(trace: Trace, customer: int, arrival: Event, call: Event) -> Execution | None:
    """The execution of this customer's task that made the call. It may have ended before the response was
    sent, if it read somebody else's.
    """
    for execution in reversed(executions_of(trace, tasks(trace).get(customer, ""))):
        ended_before = 0 < execution.end_seq < arrival.seq
        if is_label(execution) and execution.start_seq < call.seq and not ended_before:
            return execution
    return None


def is_label(execution: Execution) -> bool:
    return execution.lane == WORKER and execution.name == "print_label"


def calls(trace: Trace) -> list[Call]:
    """The calls to the address service that tasks made for their own customers."""
    found = []
    for customer in customers(trace):
        path = f"addresses/{customer}"
        came = trace.of("stub-received", lane="addresses", path=path)
        for arrival, call in zip(came, trace.of("stub-called", lane="addresses", path=path), strict=False):
            if execution := asker(trace, customer, arrival, call):
                where = call.data["connection"]
                found.append(Call(customer, execution.process, arrival.seq, call.seq, where))
    return found


def labels(trace: Trace, customer: int) -> list[Event]:
    """What the printer was asked for while the customer's task was under way."""
    task = tasks(trace).get(customer)
    asked = stub_calls(trace, lane="printer", during=lambda one: is_label(one) and one.task == task)
    return [call for call in asked if call.data["path"].startswith(f"labels/{customer}/")]


def house(label: Event) -> str:
    return str(label.data["path"].rpartition("/")[2])


def wrong(trace: Trace) -> list[Event]:
    """Labels with the house of somebody else."""
    return [
        label
        for customer in customers(trace)
        for label in labels(trace, customer)
        if house(label) != str(customer)
    ]


def meetings(trace: Trace) -> int:
    """How often first calls of two processes waited for their responses at the same time."""
    children = int(trace.knobs["children"])
    firsts: dict[int, Call] = {}
    for call in calls(trace):
        firsts.setdefault(call.customer, call)
    order, number = customers(trace), 0
    for place in range(0, LABELS, children):
        group = [firsts[customer] for customer in order[place : place + children] if customer in firsts]
        processes = {call.process for call in group}
        if len(processes) > 1 and max(c.received for c in group) < min(c.responded for c in group):
            number += 1
    return number


# Teeth: None when the run brought the situation about, otherwise the sentence that says what was missing.


def asked_at_start(trace: Trace) -> bool:
    """Had the address service responded to a call for its version before the first label was sent?"""
    first = min((mark.seq for mark in trace.of("mark", lane="driver", text="label")), default=math.inf)
    return any(call.seq < first for call in stub_calls(trace, "version", lane="addresses"))


def two_children_asked(trace: Trace) -> str | None:
    if why := meddling(trace, WORKER, "addresses", "printer"):
        return why
    if trace.knobs["children"] == 1:
        return "The worker had one child, so nothing could be shared."
    if trace.knobs["check_at_start"] and not asked_at_start(trace):
        return "The worker did not ask for the version first, so it starts without the address service."
    by_process = Counter(call.process for call in calls(trace))
    if sum(number >= FEWEST_CALLS for number in by_process.values()) > 1:
        return None
    return f"No two children called the address service {FEWEST_CALLS} times each for their own customers."


def two_children_asked_at_once(trace: Trace) -> str | None:
    if why := two_children_asked(trace):
        return why
    number = meetings(trace)
    if number >= FEWEST_MEETINGS:
        return None
    times = counted(number, "time")
    return f"Calls of two children waited side by side {times}, and {FEWEST_MEETINGS} are needed."


def a_child_printed_two_prices(trace: Trace) -> str | None:
    if why := meddling(trace, WORKER, "broker", "printer"):
        return why
    if not prices(trace):
        return "The driver did not come to say what the prices were."
    processes = [execution.process for execution in trace.executions("print_price")]
    if len(processes) > len(set(processes)):
        return None
    return "No child ran two tasks for prices, so no second loop was tested."


@check("Every label has its own address", teeth=two_children_asked_at_once, rests_on_time=True)
def every_label_has_its_own_address(trace: Trace) -> Verdict:
    asked = {call.customer for call in calls(trace)}
    others = wrong(trace)
    missing = [str(one) for one in customers(trace) if one not in asked or not labels(trace, one)]
    words = [f"label {label.data['path'].split('/')[1]} has house {house(label)}" for label in others]
    observed = [f"{counted(len(others), 'wrong label')}: {first_few(words, 2)}"] if others else []
    observed += [f"no label for {first_few(missing)}"] if missing else []
    return Verdict(
        passed=not others and not missing,
        expected=f"{LABELS} labels, each with the house that its task asked for",
        observed="; ".join(observed) or f"{LABELS} labels, each with its own house",
        events=seqs(others),
        late_by=math.inf if others else None,
    )


@check("No connection is used by two children", teeth=two_children_asked)
def no_connection_is_shared(trace: Trace) -> Verdict:
    users: dict[int, set[int | None]] = {}
    for call in calls(trace):
        users.setdefault(call.connection, set()).add(call.process)
    shared = sorted(connection for connection, processes in users.items() if len(processes) > 1)
    by_two = [call for call in calls(trace) if call.connection in shared]
    words = [f"connection {one} by {len(users[one])} children" for one in shared]
    return Verdict(
        passed=not shared,
        expected="each connection to the address service carries the calls of one process",
        observed=f"shared: {first_few(words)}"
        if shared
        else f"{counted(len(users), 'connection')}, none shared",
        events=tuple(call.received for call in by_two[:3]),
    )


@check("A child keeps its connection", teeth=two_children_asked)
def connections_are_kept(trace: Trace) -> Verdict:
    used = {call.connection for call in calls(trace)}
    most = CONNECTIONS_OF_A_CHILD * int(trace.knobs["children"])
    return Verdict(
        passed=len(used) <= most,
        expected=f"at most {most} connections for {LABELS} labels",
        observed=f"{counted(len(used), 'connection')} for {counted(len(calls(trace)), 'call')}",
        events=tuple(call.received for call in calls(trace)[:3]),
    )


@check("Every price is right", teeth=a_child_printed_two_prices, rests_on_time=True)
def every_price_is_right(trace: Trace) -> Verdict:
    missing = unprinted(trace)
    failures = [
        event for event in trace.of("task-failed") if event.name == "print_price" and event.lane == WORKER
    ]
    why = str(failures[0].data.get("exception", "")) if failures else ""
    most, used = CONNECTIONS_OF_A_CHILD * int(trace.knobs["children"]), price_connections(trace)
    seen = [f"no tag for {first_few(missing)}" + (f": {why}" if why else "")] if missing else []
    seen += [f"{counted(used, 'connection')} to Valkey"] if used > most else []
    return Verdict(
        passed=not seen,
        expected=f"{len(TEAS)} price tags, each printed by its task; at most {most} connections to Valkey",
        observed="; ".join(seen) or f"{len(TEAS)} price tags",
        events=seqs(failures),
        late_by=math.inf if failures or used > most else late_if_cut_off(trace),
    )


def unprinted(trace: Trace) -> list[str]:
    """Teas whose right price no task has printed."""

    def is_its_task(execution: Execution) -> bool:
        return execution.lane == WORKER and execution.name == "print_price"

    return [
        tea
        for tea, pence in prices(trace).items()
        if not stub_calls(trace, f"prices/{tea}/{pence}", lane="printer", during=is_its_task)
    ]


@measure("Labels with somebody else's house", unit="labels")
def wrong_labels(trace: Trace) -> int:
    return len(wrong(trace))


@measure("Labels that were not printed", unit="labels")
def missing_labels(trace: Trace) -> int:
    return sum(not labels(trace, customer) for customer in customers(trace))


@measure("Connections that carried addresses", unit="connections")
def connections(trace: Trace) -> int:
    return len({call.connection for call in calls(trace)})


@measure("Prices that were not printed", unit="prices")
def missing_prices(trace: Trace) -> int:
    return len(unprinted(trace))
