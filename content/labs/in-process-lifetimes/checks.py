"""Checks and measures of this lab: functions of a Trace that return a Verdict or a number.

What became of an order is seen from outside the web process: its customer's response in the driver's marks,
its e-mail at the mail server, its row in the marks of the database.
"""

import math

from labs.checking import (
    Event,
    Trace,
    Verdict,
    check,
    counted,
    first_few,
    measure,
    meddling,
    responses,
    seqs,
    stub_calls,
)

CONNECTIONS = 3
PATIENCE = 2.0  # s that a session waits for a free connection
ROOM = 1.0  # s that a well-chosen grace leaves for the e-mails, and again between its end and the SIGKILL
GRACE_IS_OVER = "timeout graceful shutdown exceeded"  # what uvicorn logs when it cancels its functions


def paths(trace: Trace) -> dict[int, str]:
    """What the mail server is asked for, by order, drawn as shop.py draws it."""
    drawn = trace.random().sample(range(1000, 10000), 2 * trace.knobs["orders"])
    return {order: f"mails/{order}/{address}" for order, address in zip(drawn[::2], drawn[1::2], strict=True)}


def accepted(trace: Trace) -> list[int]:
    """The orders whose customer got a 201."""
    return [response.data["order"] for response in responses(trace) if response.data["status"] == 201]


def accepted_unstored(trace: Trace) -> list[Event]:
    """The responses with a 201 for orders of which the database had no row yet. The database notes a row
    before it responds, so a 201 that waited for it comes later by the clock that all processes have.
    """
    stored: dict[int, float] = {}
    for mark in trace.of("mark", lane="database", row="placed"):
        stored.setdefault(mark.data["order"], moment(mark))
    return [
        response
        for response in responses(trace)
        if response.data["status"] == 201
        and stored.get(response.data["order"], math.inf) > moment(response)
    ]


def moment(event: Event) -> float:
    """When the process sent this event, in seconds."""
    return float(event.data.get("at", event.t))


def sigterm(trace: Trace) -> Event | None:
    return next(iter(trace.of("command", action="terminate", target="web", by="driver")), None)


def held(trace: Trace) -> list[Event]:
    """The calls that the mail server held when the SIGTERM was sent."""
    first = sigterm(trace)
    calls = [call for call in trace.of("stub-received", lane="mail") if first and call.seq < first.seq]
    return [call for call in calls if call.data["path"] in paths(trace).values()]


def released(trace: Trace) -> list[int]:
    """The orders to whose calls the mail server responded after the SIGTERM."""
    marks = trace.of("mark", lane="driver", text="released")
    return list(marks[0].data["orders"]) if marks else []


def sent(trace: Trace) -> list[int]:
    """The orders whose e-mail the mail server accepted from somebody who waited for its response."""
    calls = {call.data["path"] for call in stub_calls(trace, lane="mail")}
    return [order for order, path in paths(trace).items() if path in calls]


def from_background(trace: Trace) -> list[int]:
    """Those of them whose call began and ended while a background function of `web` was under way."""
    ends = {end.task: end.seq for kind in ENDS for end in trace.of(kind, lane="web")}
    down = next((event.seq for event in trace.of("lane-down", lane="web")), math.inf)
    starts = trace.of("background-started", lane="web")
    spans = [(start.seq, min(ends.get(start.task, math.inf), down)) for start in starts]
    arrived = {call.data["path"]: call.seq for call in reversed(trace.of("stub-received", lane="mail"))}
    done = {call.data["path"]: call.seq for call in stub_calls(trace, lane="mail")}
    return [
        order
        for order, path in paths(trace).items()
        if path in done and any(begin < arrived[path] and done[path] < end for begin, end in spans)
    ]


def on_record(trace: Trace) -> list[int]:
    """The orders whose row in the database says that the e-mail was sent."""
    return [mark.data["order"] for mark in trace.of("mark", lane="database", row="mailed")]


def lost(trace: Trace) -> set[int]:
    """The orders that were accepted and have no e-mail."""
    return set(accepted(trace)) - set(sent(trace))


def named(trace: Trace) -> list[int] | None:
    """What the driver read in lost.json; None where it found no list of numbers."""
    marks = trace.of("mark", lane="driver", text="lost.json")
    return marks[0].data["orders"] if marks else None


def late_for_a_connection(trace: Trace) -> float:
    """The `late_by` of what needed a connection. A busy machine explains nothing where all connections are in
    use although the last e-mail that was asked for has reached the silent mail server.
    """
    first = sigterm(trace)
    marks = [mark for mark in trace.of("mark", lane="database") if "in_use" in mark.data]
    before = [mark.data["in_use"] for mark in marks if first and mark.seq < first.seq]
    return math.inf if before and before[-1] >= CONNECTIONS else PATIENCE


def end_of_web(trace: Trace) -> Event | None:
    return next(iter(trace.of("lane-down", lane="web")), None)


def kill(trace: Trace) -> Event | None:
    return next(iter(trace.of("command", action="kill", target="web", by="driver")), None)


ENDS = ("background-ended", "background-failed")


# Teeth: None when the run brought the situation about, otherwise the sentence that says what was missing.


def more_orders_than_connections(trace: Trace) -> str | None:
    if why := meddling(trace, "web", "mail", "database"):
        return why
    if len(responses(trace)) <= CONNECTIONS:
        return f"At most {CONNECTIONS} customers ordered, and there is a connection for each of them."
    if sigterm(trace) is None:
        return "No SIGTERM of the deploy reached a running web server."
    return None


def web_was_stopped_with_mails(trace: Trace) -> str | None:
    if why := meddling(trace, "web", "mail", "database"):
        return why
    if any(command.data["target"] == "web" for command in trace.of("command", by="learner")):
        return "The web server got a signal by hand, so the deploy was not tested."
    if not held(trace):
        return "No e-mail was waiting for the mail server when the SIGTERM came, or none came."
    return None


def some_mails_were_released(trace: Trace) -> str | None:
    if not released(trace):
        return "The mail server responded to no call after the SIGTERM."
    return web_was_stopped_with_mails(trace)


def some_mails_were_never_answered(trace: Trace) -> str | None:
    if len({call.data["path"] for call in held(trace)}) <= len(released(trace)):
        return "The mail server responded to every call, so no e-mail was lost."
    return web_was_stopped_with_mails(trace)


@check(
    "Every order is accepted while the mail server is silent",
    teeth=more_orders_than_connections,
    rests_on_time=True,
)
def orders_are_accepted(trace: Trace) -> Verdict:
    refused = [response for response in responses(trace) if response.data["status"] != 201]
    words = [f"{one.data['order']} got {one.data['status'] or 'no response'}" for one in refused]
    early = accepted_unstored(trace)
    words += [f"{one.data['order']} got 201 before it was stored" for one in early]
    return Verdict(
        passed=not words,
        expected=f"{counted(len(responses(trace)), 'order')} with status 201, each stored before that",
        observed=first_few(words) or "each has status 201",
        events=seqs(refused + early),
        late_by=math.inf if early else late_for_a_connection(trace),
    )


@check(
    "Every e-mail reaches the mail server while it is silent",
    teeth=more_orders_than_connections,
    rests_on_time=True,
)
def every_mail_is_asked_for(trace: Trace) -> Verdict:
    arrived = {call.data["path"] for call in held(trace)}
    missing = [str(order) for order, path in paths(trace).items() if path not in arrived]
    return Verdict(
        passed=not missing,
        expected=f"{counted(len(paths(trace)), 'call')}, although none has a response before the SIGTERM",
        observed=f"no call for {first_few(missing)}" if missing else "a call for each order",
        events=seqs(held(trace)),
        late_by=late_for_a_connection(trace),
    )


@check(
    "E-mails that the mail server accepts after SIGTERM are on record",
    teeth=some_mails_were_released,
    rests_on_time=True,
)
def released_mails_are_on_record(trace: Trace) -> Verdict:
    wanted, from_jobs, rows = set(released(trace)), set(from_background(trace)), set(on_record(trace))
    words = [f"{order} was not sent by a background function" for order in sorted(wanted - from_jobs)]
    words += [f"{order} was sent and its row does not say so" for order in sorted(wanted & from_jobs - rows)]
    words += [f"the row of {order} says that it was sent" for order in sorted(rows - set(sent(trace)))]
    return Verdict(
        passed=not words,
        expected=f"{counted(len(wanted), 'e-mail')} sent by a background function, and noted in the database",
        observed=first_few(words) or "all of them, and no other",
        events=seqs([call for call in held(trace) if call.data["path"] in {paths(trace)[o] for o in wanted}]),
        late_by=ROOM,
    )


@check("The server ends by itself before the SIGKILL", teeth=web_was_stopped_with_mails, rests_on_time=True)
def ends_before_the_kill(trace: Trace) -> Verdict:
    first, killed, end = sigterm(trace), kill(trace), end_of_web(trace)
    assert first is not None  # the teeth saw it
    lines = trace.of("log", lane="web")
    has_cancelled = any(GRACE_IS_OVER in str(line.data.get("text")) for line in lines)
    seconds = f"after {end.t - first.t:.1f} s" if end else "not at all"
    return Verdict(
        passed=end is not None and killed is None,
        expected=f"the web process ends within {trace.knobs['patience']} s of the SIGTERM",
        observed=f"it had to be killed, and ended {seconds}" if killed else f"it ended {seconds}",
        events=tuple(event.seq for event in (first, killed, end) if event),
        late_by=None if has_cancelled else ROOM,
    )


@check(
    "lost.json names the orders without an e-mail, and no others",
    teeth=some_mails_were_never_answered,
    rests_on_time=True,
)
def lost_names_the_lost(trace: Trace) -> Verdict:
    said, truth = named(trace), lost(trace)
    numbers = first_few([str(order) for order in sorted(truth)])
    words = [f"{order} has no e-mail and is not named" for order in sorted(truth - set(said or ()))]
    words += [f"{order} is named and was sent or never accepted" for order in sorted(set(said or ()) - truth)]
    return Verdict(
        passed=said is not None and bool(truth) and not words,
        expected=f"a list of {counted(len(truth), 'order')}: {numbers}",
        observed="there is no such list" if said is None else first_few(words) or "the same orders",
        events=seqs(trace.of("mark", lane="driver", text="lost.json")),
        late_by=ROOM,
    )


@measure("Orders that were accepted", unit="orders")
def orders_accepted(trace: Trace) -> int:
    return len(accepted(trace))


@measure("E-mails that waited for the mail server at the SIGTERM", unit="e-mails")
def mails_held(trace: Trace) -> int:
    return len({call.data["path"] for call in held(trace)})


@measure("E-mails that were sent", unit="e-mails")
def mails_sent(trace: Trace) -> int:
    return len(sent(trace))


@measure("Most sessions in use at once", unit="sessions")
def most_sessions(trace: Trace) -> int:
    marks = trace.of("mark", lane="database")
    return max((mark.data["in_use"] for mark in marks if "in_use" in mark.data), default=0)


@measure("Seconds from the SIGTERM to the end of the server", unit="s")
def seconds_to_the_end(trace: Trace) -> float | None:
    first, end = sigterm(trace), end_of_web(trace)
    return round(end.t - first.t, 1) if first and end else None
