"""Checks and measures of this lab: functions of a Trace that return a Verdict or a number."""

from labs.checking import (
    Event,
    Execution,
    Trace,
    Verdict,
    check,
    first_few,
    late_if_cut_off,
    measure,
    meddling,
    responses,
    seqs,
    stub_calls,
    teeth_of_responses,
)

OUTSIDE = 3  # orders that the driver places before and after the freeze
LONGEST_PING = 0.5  # s; an event loop that waits for the frozen broker responds after up to 2 s
AFTERMATH = 2  # summaries after the order's response in which pings of the freeze are still counted
FEWEST_PINGS = 3  # a second of the freeze; the probe asks twenty, unless machine or program keep it from it
WORKER = "worker-1"
TASK_OF = {"thanks": "thank_customer", "parcels": "pack_parcel"}


def orders(trace: Trace) -> int:
    """How many orders the driver places."""
    number: int = OUTSIDE + trace.knobs["orders_in_freeze"]
    return number


def freeze(trace: Trace) -> tuple[Event, Event] | None:
    """The commands that froze the broker and thawed it."""
    begun = trace.of("command", action="freeze", by="driver")
    ended = trace.of("command", action="thaw", by="driver")
    return (begun[0], ended[0]) if begun and ended else None


def pings(trace: Trace) -> list[Event]:
    """Summaries of pings that were asked while the broker was frozen, also of those that got their response
    only when the order did that came in then.
    """
    span = freeze(trace)
    if span is None:
        return []
    frozen = trace.random().sample(range(1000, 10000), orders(trace))[OUTSIDE:]
    ends = [response.seq for response in responses(trace) if response.data["order"] in frozen]
    end = max([span[1].seq, *ends])
    since = [probe for probe in trace.of("probe") if probe.seq > span[0].seq]
    return [probe for probe in since if probe.seq < end] + [p for p in since if p.seq > end][:AFTERMATH]


def is_done(trace: Trace, path: str) -> bool:
    """Was this path called while the task for it was under way in the worker?"""

    def is_its_task(execution: Execution) -> bool:
        return execution.lane == WORKER and execution.name == TASK_OF[path.partition("/")[0]]

    return bool(stub_calls(trace, path, lane="backoffice", during=is_its_task))


# Teeth: None when the run brought the situation about, otherwise the sentence that says what was missing.


def messages_were_sent(trace: Trace) -> str | None:
    number = len(trace.of("task-sent", lane="web"))
    wanted = orders(trace)  # at least one message an order
    return None if number >= wanted else f"The web process sent {number} messages, fewer than one an order."


def every_order_got_a_response(trace: Trace) -> str | None:
    return teeth_of_responses(trace, orders(trace), "orders")


def an_order_met_the_frozen_broker(trace: Trace) -> str | None:
    span = freeze(trace)
    if span is None:
        return "The broker was not frozen, so no stalled publisher was tested."
    if why := meddling(trace, "broker", "probe", "web"):
        return why
    if by_hand := [
        one for one in trace.of("command", target="broker") if span[0].seq < one.seq < span[1].seq
    ]:
        return f"The broker got the command {by_hand[0].data['action']} by hand during the freeze."
    asked = [e for e in trace.of("request-started", lane="web") if span[0].seq < e.seq < span[1].seq]
    if not asked:
        return "No order came in while the broker was frozen."
    if not [e for e in trace.of("task-sent", lane="web") if e.seq > asked[0].seq]:
        return "The order that came in during the freeze published nothing."
    number = sum(probe.data["count"] + probe.data["failed"] for probe in pings(trace))
    wanted = int(FEWEST_PINGS * (span[1].t - span[0].t))
    return None if number >= wanted else f"{number} pings were asked during the freeze, fewer than {wanted}."


@check("The worker discards no message", teeth=messages_were_sent)
def nothing_is_discarded(trace: Trace) -> Verdict:
    gone, received = trace.of("task-discarded"), trace.of("task-received", lane=WORKER)
    names = sorted({event.data.get("task_name", event.name) or "?" for event in gone})
    return Verdict(
        passed=not gone and len(received) >= orders(trace),
        expected="the worker gets a message for each order, and has registered every task they name",
        observed=f"{len(gone)} discarded: {', '.join(names)}"
        if gone
        else f"{len(received)} received, none discarded",
        events=seqs(gone),
    )


@check("Every order is accepted with a 202", teeth=every_order_got_a_response)
def every_order_is_accepted(trace: Trace) -> Verdict:
    other = [response for response in responses(trace) if response.data["status"] != 202]
    words = [f"order {one.data['order']} got {one.data['status'] or 'no response'}" for one in other]
    return Verdict(
        passed=not other,
        expected=f"{orders(trace)} responses with status 202",
        observed=first_few(words) or f"{orders(trace)} responses with status 202",
        events=seqs(other),
    )


@check(
    "Every order is thanked for and packed for its day", teeth=every_order_got_a_response, rests_on_time=True
)
def every_order_is_packed_and_thanked(trace: Trace) -> Verdict:
    missing: list[str] = []
    for response in responses(trace):
        number, day = response.data["order"], response.data["day"]
        for path in (f"thanks/{number}", f"parcels/{number}/{day}"):
            if not is_done(trace, path):
                missing.append(path)
    return Verdict(
        passed=not missing,
        expected="for each order, thank_customer calls thanks/<order> and pack_parcel parcels/<order>/<day>",
        observed=f"never called by its task: {first_few(missing)}"
        if missing
        else f"two calls for each of {orders(trace)} orders",
        late_by=late_if_cut_off(trace),
    )


@check(
    "While the broker is frozen, 99 of 100 pings get a response within 0.5 s",
    teeth=an_order_met_the_frozen_broker,
    rests_on_time=True,
)
def pings_are_answered_while_the_broker_is_frozen(trace: Trace) -> Verdict:
    seen = pings(trace)
    expected = f"99 of 100 pings within {LONGEST_PING:g} s; an event loop that waits for the thaw needs 2 s"
    span = freeze(trace)
    assert span is not None  # the teeth saw it
    if not seen:
        return Verdict(False, expected, "no ping got a response", (span[0].seq, span[1].seq))
    worst = max(seen, key=lambda probe: probe.data["p99"] or 0.0)
    failed = sum(probe.data.get("failed", 0) for probe in seen)
    wait = worst.data["p99"] or 0.0
    observed = f"99 of 100 within {wait:.2f} s" + (f", {failed} without a response" if failed else "")
    late_by = wait - LONGEST_PING
    return Verdict(late_by <= 0 and not failed, expected, observed, (span[0].seq, worst.seq), late_by)


@measure("Slowest ping while the broker is frozen", unit="s")
def slowest_ping(trace: Trace) -> float | None:
    worst = [probe.data["worst"] for probe in pings(trace) if probe.data["worst"] is not None]
    return round(max(worst), 3) if worst else None


@measure("Messages that the worker discarded", unit="messages")
def discarded(trace: Trace) -> int:
    return len(trace.of("task-discarded"))


@measure("Orders that were refused", unit="orders")
def refused_orders(trace: Trace) -> int:
    return sum(response.data["status"] != 202 for response in responses(trace))
