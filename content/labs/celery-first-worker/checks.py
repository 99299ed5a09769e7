"""Verdicts on a run of this lab. Pure functions: a Trace in, a Verdict or a number out."""

from labs.checking import Event, Trace, Verdict, check, measure

ORDERS = 4
LONGEST_PING, SLACK, SLOWEST = 0.5, 10, 1.2  # s, times the baseline, s: see limit()
AFTERMATH = 0.6     # s after the thaw in which pings of the freeze are still summed up
FEWEST_PINGS = 10   # a second of the freeze: half of what the probe asks, unless it is kept from asking


def answers(trace: Trace) -> list[Event]:
    """What the customers saw: `data.order day status`."""
    return trace.of("mark", text="answer", lane="driver")


def calls(trace: Trace, path: str) -> list[Event]:
    """What reached the back office at `path` while a task ran: effects of the worker, not of the web server."""
    return [call for call in trace.of("stub-called", lane="backoffice", path=path) if trace.under_way(call)]


def freeze(trace: Trace) -> tuple[Event, Event] | None:
    """The commands that froze the broker and thawed it."""
    begun = trace.of("command", action="freeze", by="driver")
    ended = trace.of("command", action="thaw", by="driver")
    return (begun[0], ended[0]) if begun and ended else None


def pings(trace: Trace) -> list[Event]:
    """Summaries of pings that were asked while the broker was frozen."""
    span = freeze(trace)
    if span is None:
        return []
    return [probe for probe in trace.of("probe") if span[0].t < probe.t < span[1].t + AFTERMATH]


def limit(trace: Trace) -> float:
    """Seconds for 99 of 100 pings: half a second, and up to 1.2 s on a machine that is slow at calls of no work.

    A loop that waits for the frozen broker answers after up to 2 s.
    """
    idle = trace.of("mark", text="baseline", lane="driver")
    lag = max(0.0, idle[0].data["seconds"] - 0.02) if idle else 0.0
    return round(min(SLOWEST, LONGEST_PING + SLACK * lag), 2)


def some(words: list[str]) -> str:
    return ", ".join(words[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")


# Teeth: None when the run put the question, otherwise the sentence that says what was missing.

def messages_were_sent(trace: Trace) -> str | None:
    number = len(trace.of("task-sent", lane="web"))
    wanted = ORDERS  # at least one message an order
    return None if number >= wanted else f"The web process sent {number} messages, fewer than one an order."


def everybody_was_answered(trace: Trace) -> str | None:
    number = len(answers(trace))
    return None if number == ORDERS else f"{number} of {ORDERS} orders had come to an end."


def an_order_met_the_frozen_broker(trace: Trace) -> str | None:
    span = freeze(trace)
    if span is None:
        return "The broker was not frozen, so no stalled publisher was tested."
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
    gone = trace.of("task-discarded")
    names = sorted({event.data.get("task_name", event.name) or "?" for event in gone})
    return Verdict(
        passed=not gone,
        expected="every message names a task that the worker has registered",
        observed=f"{len(gone)} discarded: {', '.join(names)}" if gone else "none discarded",
        events=tuple(event.seq for event in gone[:3]),
    )


@check("Every order is accepted with a 202", teeth=everybody_was_answered)
def every_order_is_accepted(trace: Trace) -> Verdict:
    other = [answer for answer in answers(trace) if answer.data["status"] != 202]
    words = [f"order {answer.data['order']} got {answer.data['status'] or 'no answer'}" for answer in other]
    return Verdict(
        passed=not other,
        expected=f"{ORDERS} answers with status 202",
        observed=some(words) or f"{ORDERS} answers with status 202",
        events=tuple(answer.seq for answer in other[:3]),
    )


@check("Every order is thanked for and packed for its day", teeth=everybody_was_answered)
def every_order_is_packed_and_thanked(trace: Trace) -> Verdict:
    missing: list[str] = []
    for answer in answers(trace):
        number, day = answer.data["order"], answer.data["day"]
        missing += [path for path in (f"thanks/{number}", f"parcels/{number}/{day}") if not calls(trace, path)]
    return Verdict(
        passed=not missing,
        expected="for each order, a task that calls thanks/<order> and one that calls parcels/<order>/<day>",
        observed=f"never called by a task: {some(missing)}" if missing else f"two calls for each of {ORDERS} orders",
    )


@check("While the broker is frozen, /ping is answered within 0.5 s", teeth=an_order_met_the_frozen_broker)
def pings_are_answered_while_the_broker_is_frozen(trace: Trace) -> Verdict:
    seen = pings(trace)
    expected = f"99 of 100 pings within {limit(trace):g} s, from the freeze to the thaw"
    span = freeze(trace)
    assert span is not None  # the teeth saw it
    if not seen:
        return Verdict(False, expected, "no ping was answered", (span[0].seq, span[1].seq))
    worst = max(seen, key=lambda probe: probe.data["p99"] or 0.0)
    failed = sum(probe.data.get("failed", 0) for probe in seen)
    wait = worst.data["p99"] or 0.0
    observed = f"99 of 100 within {wait:.2f} s" + (f", {failed} not answered" if failed else "")
    return Verdict(wait <= limit(trace) and not failed, expected, observed, (span[0].seq, worst.seq))


@measure("Messages that the worker discarded", unit="messages")
def discarded(trace: Trace) -> int:
    return len(trace.of("task-discarded"))


@measure("Slowest ping while the broker is frozen", unit="s")
def slowest_ping(trace: Trace) -> float | None:
    worst = [probe.data["worst"] for probe in pings(trace) if probe.data["worst"] is not None]
    return round(max(worst), 3) if worst else None


@measure("Orders that were refused", unit="orders")
def refused_orders(trace: Trace) -> int:
    return sum(answer.data["status"] != 202 for answer in answers(trace))
