"""Verdicts on a run of this lab. Pure functions: a Trace in, a Verdict or a number out."""

import math

from labs.checking import Event, Trace, Verdict, check, measure

QUICK, SLACK, SLOWEST = 0.5, 10, 1.2  # s, times the baseline, s: see limit()
MEMBERS = 20
DESKS = {"mail": "welcomes", "crm": "contacts", "stats": "counts"}  # what may follow the answer


def answers(trace: Trace) -> list[Event]:
    """What the members saw, by the driver's clock: `data.member status seconds`."""
    return trace.of("mark", text="answer", lane="driver")


def calls(trace: Trace, lane: str, member: int) -> list[Event]:
    """What reached a desk for one member: effects, not intentions."""
    return [call for call in trace.of("stub-called", lane=lane) if call.data["path"].endswith(f"/{member}")]


def refused(trace: Trace) -> dict[int, list[Event]]:
    """The first calls for members, where a desk answered them with 503, by member. Who was told before loses nothing."""
    members = {str(answer.data["member"]) for answer in answers(trace)}
    found: dict[int, list[Event]] = {}
    for lane in DESKS:
        told: set[str] = set()
        for call in trace.of("stub-called", lane=lane):
            member = call.data["path"].rpartition("/")[2]
            if call.data["status"] == 503 and member in members - told:
                found.setdefault(int(member), []).append(call)
            told.add(member)
    return found


def untold(trace: Trace, members: list[int]) -> list[str]:
    """`counts/4711` for each call that was never made."""
    return [
        f"{path}/{member}" for member in members for lane, path in DESKS.items() if not calls(trace, lane, member)
    ]


def p95(trace: Trace) -> float | None:
    """The time in which 95 of 100 answers came, in seconds."""
    waits = sorted(answer.data["seconds"] for answer in answers(trace))
    return waits[math.ceil(len(waits) * 0.95) - 1] if waits else None


def limit(trace: Trace) -> float:
    """Seconds for 95 of 100 answers: half a second, and up to 1.2 s on a machine that is slow at calls of no work."""
    idle = trace.of("mark", text="baseline", lane="driver")
    lag = max(0.0, idle[0].data["seconds"] - 0.02) if idle else 0.0
    return round(min(SLOWEST, QUICK + SLACK * lag), 2)


def some(words: list[str]) -> str:
    return ", ".join(words[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")


# Teeth: None when the run put the question, otherwise the sentence that says what was missing.

def everybody_was_answered(trace: Trace) -> str | None:
    number = len(answers(trace))
    return None if number == MEMBERS else f"{number} of {MEMBERS} sign-ups had come to an end."


def both_desks_refused(trace: Trace) -> str | None:
    down = {call.lane for failed in refused(trace).values() for call in failed}
    up = [lane for lane in ("mail", "crm") if lane not in down]
    return f"No call to {' or '.join(up)} was refused, so no failure was tested." if up else None


@check("19 of 20 answers come within 0.5 s", teeth=everybody_was_answered)
def answers_are_quick(trace: Trace) -> Verdict:
    slowest = sorted(answers(trace), key=lambda answer: -answer.data["seconds"])
    wait = p95(trace)
    assert wait is not None  # the teeth saw 20
    return Verdict(
        passed=wait <= limit(trace),
        expected=f"95 of 100 answers within {limit(trace):g} s",
        observed=f"95 of 100 within {wait:.2f} s, the slowest after {slowest[0].data['seconds']:.2f} s",
        events=tuple(answer.seq for answer in slowest[:2]),
    )


@check("Everybody is let in, also when a desk refuses", teeth=both_desks_refused)
def everybody_is_let_in(trace: Trace) -> Verdict:
    other = [answer for answer in answers(trace) if answer.data["status"] != 201]
    words = [f"member {answer.data['member']} got {answer.data['status'] or 'no answer'}" for answer in other]
    let_in = len(answers(trace)) - len(other)
    return Verdict(
        passed=let_in == MEMBERS,
        expected=f"{MEMBERS} answers with status 201",
        observed=some(words) or f"{let_in} answers with status 201",
        events=tuple(answer.seq for answer in other[:3]),
    )


@check("The card exists before the answer", teeth=everybody_was_answered)
def card_before_answer(trace: Trace) -> Verdict:
    expected = "for each member let in, cards/ was called before the answer"
    late = []
    for answer in answers(trace):
        opened = [card.seq for card in calls(trace, "cards", answer.data["member"]) if card.seq < answer.seq]
        if answer.data["status"] == 201 and not opened:
            late.append(answer)
    words = [f"member {answer.data['member']} was let in at {answer.t:.2f} s without a card" for answer in late]
    observed = some(words) or "each card was there first"
    return Verdict(not late, expected, observed, tuple(answer.seq for answer in late[:3]))


@check("Mail, CRM and statistics hear of every member", teeth=everybody_was_answered)
def every_desk_is_told(trace: Trace) -> Verdict:
    troubled = refused(trace)
    members = [answer.data["member"] for answer in answers(trace) if answer.data["member"] not in troubled]
    missing = untold(trace, members)
    return Verdict(
        passed=not missing,
        expected="three calls for each member whose desks were all up",
        observed=f"never called: {some(missing)}" if missing else f"three calls for each of {len(members)} members",
    )


@check("A desk that refuses keeps no other desk from its call", teeth=both_desks_refused)
def a_failure_stays_alone(trace: Trace) -> Verdict:
    troubled = refused(trace)
    missing = untold(trace, list(troubled))
    first = next((failed[0] for member, failed in troubled.items() if untold(trace, [member])), None)
    return Verdict(
        passed=not missing,
        expected=f"three calls for each of the {len(troubled)} members for whom one was refused",
        observed=f"never called: {some(missing)}" if missing else "three calls for each of them",
        events=(first.seq,) if first else (),
    )


@measure("Time in which 19 of 20 answers came", unit="s")
def answer_p95(trace: Trace) -> float | None:
    wait = p95(trace)
    return None if wait is None else round(wait, 2)


@measure("Members who were refused", unit="members")
def turned_away(trace: Trace) -> int:
    return sum(answer.data["status"] != 201 for answer in answers(trace))


@measure("Calls that were never made", unit="calls")
def calls_never_made(trace: Trace) -> int:
    return len(untold(trace, [answer.data["member"] for answer in answers(trace)]))

