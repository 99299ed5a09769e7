"""Checks and measures of this lab: functions of a Trace that return a Verdict or a number."""

import math
import re

from labs.checking import (
    Event,
    Trace,
    Verdict,
    check,
    counted,
    first_few,
    late_if_cut_off,
    measure,
    meddling,
    percentile,
    responses,
    seqs,
    stub_calls,
    teeth_of_responses,
)

QUICK = 0.5  # s; the card takes 0.05, the next service 0.5: room for a busy machine, and no other call fits
MEMBERS = 20
MOST_TAILS = 2  # background tasks that a busy machine may not have ended half a second after their last call
SERVICES = {"mail": "welcomes", "crm": "contacts", "stats": "counts"}  # may be called after the response


def calls(trace: Trace, lane: str, member: int) -> list[Event]:
    """What reached a service for one member."""
    return [call for call in stub_calls(trace, lane=lane) if call.data["path"].endswith(f"/{member}")]


def refused(trace: Trace) -> dict[int, list[Event]]:
    """By member, the calls that a service refused with a 503, where no earlier call told it of the member."""
    members = {str(response.data["member"]) for response in responses(trace)}
    found: dict[int, list[Event]] = {}
    for lane in SERVICES:
        seen: set[str] = set()
        for call in stub_calls(trace, lane=lane):
            member = call.data["path"].rpartition("/")[2]
            if call.data["status"] == 503 and member in members - seen:
                found.setdefault(int(member), []).append(call)
            seen.add(member)
    return found


def never_called(trace: Trace, members: list[int]) -> list[str]:
    """`counts/4711` for each call that was never made."""
    pairs = [(lane, path, member) for member in members for lane, path in SERVICES.items()]
    return [f"{path}/{member}" for lane, path, member in pairs if not calls(trace, lane, member)]


def p95(trace: Trace) -> float | None:
    """The time in which 19 of 20 responses came, in seconds."""
    return percentile((response.data["seconds"] for response in responses(trace)), 0.95)


def background_tasks(trace: Trace) -> list[tuple[Event, Event]]:
    """Start and end of each background task of the web process that came to its end."""
    ends = {end.task: end for kind in ENDS for end in trace.of(kind, lane="web")}
    starts = trace.of("background-started", lane="web")
    return [(start, ends[start.task]) for start in starts if start.task in ends]


def calls_with_arrivals(trace: Trace) -> list[tuple[int, Event]]:
    """Each call of a member to a service, with the seq of its arrival."""
    members = {str(response.data["member"]) for response in responses(trace)}
    found = []
    for lane in SERVICES:
        arrived: dict[str, list[int]] = {}
        for event in trace.of("stub-received", lane=lane):
            arrived.setdefault(event.data["path"], []).append(event.seq)
        made = [(arrived[call.data["path"]].pop(0), call) for call in stub_calls(trace, lane=lane)]
        found += [(at, call) for at, call in made if call.data["path"].rpartition("/")[2] in members]
    return found


def outside_background(trace: Trace) -> list[Event]:
    """Calls that no background task can have made: none was under way from the call's arrival to its
    response.
    """
    tasks = background_tasks(trace)
    return [
        call
        for arrived, call in calls_with_arrivals(trace)
        if not any(start.seq < arrived and call.seq < end.seq for start, end in tasks)
    ]


def held_call(trace: Trace) -> tuple[int, Event] | None:
    """The welcome mail that the driver held, with the seq of its arrival, drawn as the driver draws it."""
    draw = trace.random()
    path = f"welcomes/{draw.choice(draw.sample(range(1000, 10000), MEMBERS)[5:15])}"
    calls = calls_with_arrivals(trace)
    return next((one for one in calls if one[1].data["path"] == path and one[1].data.get("held")), None)


def under_way_at(trace: Trace, call: Event) -> list[tuple[Event, Event]]:
    """The background tasks that were under way when this call had its response."""
    return [pair for pair in background_tasks(trace) if pair[0].seq < call.seq < pair[1].seq]


ENDS = ("background-ended", "background-failed")


# Teeth: None when the run brought the situation about, otherwise the sentence that says what was missing.


def every_member_got_a_response(trace: Trace) -> str | None:
    return meddling(trace, "web", *SERVICES, "cards") or teeth_of_responses(trace, MEMBERS, "sign-ups")


def one_mail_took_longer_than_all_else(trace: Trace) -> str | None:
    """At the end a single call is under way, so that it can be seen which background task waits for it."""
    if why := every_member_got_a_response(trace):
        return why
    found = held_call(trace)
    if found is None:
        return "The welcome mail that the driver holds was never asked for, so no task waited for it."
    late = [call for at, call in calls_with_arrivals(trace) if at < found[1].seq < call.seq]
    return (
        f"{late[0].data['path']} was still under way when the held mail got its response." if late else None
    )


def services_took_their_time(trace: Trace) -> str | None:
    """A service in an outage responds at once, so that calls to it cost the request nothing."""
    for outage in trace.of("outage"):
        return f"{outage.lane} had an outage, in which it responds at once, so no slow call was tested."
    return every_member_got_a_response(trace)


def both_services_refused(trace: Trace) -> str | None:
    down = {call.lane for failed in refused(trace).values() for call in failed}
    up = [lane for lane in ("mail", "crm") if lane not in down]
    return f"No call to {' or '.join(up)} was refused, so no failure was tested." if up else None


@check("19 of 20 responses come within 0.5 s", teeth=services_took_their_time, rests_on_time=True)
def answers_are_quick(trace: Trace) -> Verdict:
    slowest = sorted(responses(trace), key=lambda response: -response.data["seconds"])
    wait = p95(trace)
    assert wait is not None  # the teeth saw 20
    return Verdict(
        passed=wait <= QUICK,
        expected=f"19 of 20 responses within {QUICK:g} s, for which the card and no other call leave time",
        observed=f"19 of 20 within {wait:.2f} s, the slowest after {slowest[0].data['seconds']:.2f} s",
        events=seqs(slowest, most=2),
        late_by=wait - QUICK,
    )


@check("Everybody is let in, also when a service refuses", teeth=both_services_refused)
def everybody_is_let_in(trace: Trace) -> Verdict:
    other = [response for response in responses(trace) if response.data["status"] != 201]
    words = [f"member {one.data['member']} got {one.data['status'] or 'no response'}" for one in other]
    let_in = len(responses(trace)) - len(other)
    return Verdict(
        passed=let_in == MEMBERS,
        expected=f"{MEMBERS} responses with status 201",
        observed=first_few(words) or f"{let_in} responses with status 201",
        events=seqs(other),
    )


@check("The card exists before the response", teeth=every_member_got_a_response)
def card_before_answer(trace: Trace) -> Verdict:
    expected = "for each member let in, cards/ was called before the response"
    late = []
    for response in responses(trace):
        cards = calls(trace, "cards", response.data["member"])
        if response.data["status"] == 201 and not any(card.seq < response.seq for card in cards):
            late.append(response)
    words = [f"member {one.data['member']} was let in at {one.t:.2f} s without a card" for one in late]
    let_in = [response for response in responses(trace) if response.data["status"] == 201]
    observed = first_few(words) or f"each of {len(let_in)} cards was there first"
    return Verdict(bool(let_in) and not late, expected, observed, seqs(late))


@check("A service that is up hears of every member", teeth=every_member_got_a_response, rests_on_time=True)
def every_service_is_told(trace: Trace) -> Verdict:
    with_a_refusal = refused(trace)
    members = [one.data["member"] for one in responses(trace) if one.data["member"] not in with_a_refusal]
    missing = never_called(trace, members)
    return Verdict(
        passed=bool(members) and not missing,
        expected="three calls for each member whose services were all up",
        observed=f"never called: {first_few(missing)}"
        if missing
        else f"three calls for each of {len(members)} members",
        late_by=late_if_cut_off(trace),
    )


@check("A service that refuses keeps no other service from its call", teeth=both_services_refused)
def a_failure_stays_alone(trace: Trace) -> Verdict:
    with_a_refusal = refused(trace)
    missing = never_called(trace, list(with_a_refusal))
    broken = (calls for member, calls in with_a_refusal.items() if never_called(trace, [member]))
    first = next((failed[0] for failed in broken), None)
    return Verdict(
        passed=not missing,
        expected=f"three calls for each of the {len(with_a_refusal)} members for whom one was refused",
        observed=f"never called: {first_few(missing)}" if missing else "three calls for each of them",
        events=(first.seq,) if first else (),
    )


@check(
    "Mail, CRM and statistics are called by background tasks",
    teeth=one_mail_took_longer_than_all_else,
    rests_on_time=True,
)
def calls_are_background_tasks(trace: Trace) -> Verdict:
    """A task that sleeps while a thread makes the calls is found out by the one call that takes longer: only
    the task that makes it is under way for as long.
    """
    expected = "each call comes while a background task is under way, and only one waits for the held mail"
    if outside := outside_background(trace):
        words = [f"{call.data['path']} at {call.t:.2f} s" for call in outside]
        observed = f"not from a background task: {first_few(words)}"
        return Verdict(False, expected, observed, seqs(outside), late_by=math.inf)
    made, held = calls_with_arrivals(trace), held_call(trace)
    assert held is not None  # the teeth saw it
    arrived, call = held
    waiting = under_way_at(trace, call)
    if len(waiting) == 1 and waiting[0][0].seq < arrived:
        return Verdict(True, expected, f"all {len(made)} calls")
    observed = f"{counted(len(waiting), 'background task')} under way when only {call.data['path']} was"
    tails = sorted(end.t - call.t for _, end in waiting)[:-1]  # of tasks whose last call is over
    late_by = max(tails) if 1 <= len(tails) <= MOST_TAILS else math.inf
    return Verdict(False, expected, observed, (call.seq,), late_by)


@check("Each refusal is on record in the log", teeth=both_services_refused)
def refusals_are_logged(trace: Trace) -> Verdict:
    lines = trace.of("log", lane="web")
    silent = []
    for member, calls_refused in refused(trace).items():
        number = re.compile(rf"\b{member}\b")
        for call in calls_refused:
            if not any(line.seq > call.seq and number.search(str(line.data.get("text"))) for line in lines):
                silent.append(call)
    words = [f"{call.data['path']} was refused at {call.t:.2f} s" for call in silent]
    return Verdict(
        passed=not silent,
        expected="after each refusal, the web process logs a line with the member's number",
        observed=f"no line: {first_few(words)}" if silent else "a line for each refusal",
        events=seqs(silent),
    )


@measure("Calls that were never made", unit="calls")
def calls_never_made(trace: Trace) -> int:
    return len(never_called(trace, [response.data["member"] for response in responses(trace)]))


@measure("Time in which 19 of 20 responses came", unit="s")
def answer_p95(trace: Trace) -> float | None:
    wait = p95(trace)
    return None if wait is None else round(wait, 2)


@measure("Members who were refused", unit="members")
def turned_away(trace: Trace) -> int:
    return sum(response.data["status"] != 201 for response in responses(trace))
