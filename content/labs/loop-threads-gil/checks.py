"""Checks and measures of this lab: functions of a Trace that return a Verdict or a number."""

import math

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
    seqs,
)

PINGS = 10
ENOUGH = 5  # reports, for a second or so of adding up
PATIENCE = 2.0  # s that the driver gives the pings before it lets the tills respond
QUICK, TIMES_IDLE, SLOW = 0.025, 5, 1.0
"""Half of the pings take at most QUICK seconds, or TIMES_IDLE times as long as before the reports, but never
more than SLOW seconds. A busy machine slows all pings, calculating threads only those beside them: at a load
of 20 the solution took up to 12 times as long as before, threads 15 to 400 times.
"""
SUMMARY, GIVES_UP = 0.25, 5.0  # s between two summaries of the probe, and until it gives up on a ping
RECEIPTS, MODULUS = 300_000, 2**31  # what the tills respond, and the size of a total


def reports(trace: Trace) -> list[str]:
    """The numbers that the driver drew."""
    return [str(one) for one in trace.random().sample(range(100_000, 1_000_000), trace.knobs["reports"])]


def total_of(report: str) -> int:
    """What `sales.add_up` returns, found without adding up: steps are combined by doubling.

    A step (a, c, p, q) turns the amount x into a*x + c, and adds p*x + q to the total.
    """
    done, step, left = (1, 0, 0, 0), (1103515245, 12345, 1103515245, 12345), RECEIPTS
    while left:
        done = _after(done, step) if left % 2 else done
        step, left = _after(step, step), left // 2
    return (done[2] * int(report) + done[3]) % MODULUS


def _after(first: tuple[int, ...], then: tuple[int, ...]) -> tuple[int, int, int, int]:
    (a, c, p, q), (b, d, r, s) = first, then
    return a * b % MODULUS, (b * c + d) % MODULUS, (p + r * a) % MODULUS, (q + r * c + s) % MODULUS


def released(trace: Trace) -> Event | None:
    """The mark behind which the tills' responses are no longer held."""
    return next(iter(trace.of("mark", text="released", lane="driver")), None)


def pings(trace: Trace, *, held: bool) -> list[Event]:
    """The driver's pings that were sent while the tills held their responses, or after that."""
    drawn = trace.random()
    drawn.sample(range(100_000, 1_000_000), trace.knobs["reports"])
    numbers = drawn.sample(range(100_000, 1_000_000), 30)
    paths = {f"/ping/{number}" for number in (numbers[:PINGS] if held else numbers[2 * PINGS :])}
    return [mark for mark in trace.of("mark", text="ping", lane="driver") if mark.data["path"] in paths]


def spans_of_background(trace: Trace) -> list[tuple[Event, float]]:
    """The start of each background function of the web process, and the seq of its end."""
    ends = {end.task: end.seq for kind in ENDS for end in trace.of(kind, lane="web")}
    return [(start, ends.get(start.task, math.inf)) for start in trace.of("background-started", lane="web")]


def held(trace: Trace) -> list[Event]:
    """The calls that the tills had received when their responses were still held."""
    mark = released(trace)
    calls = trace.of("stub-received", lane="tills")
    return [call for call in calls if mark is not None and call.seq < mark.seq]


def median(summaries: list[Event]) -> float | None:
    """Of the pings in these summaries of the probe, in seconds: the summaries' medians, each weighted by its
    number of pings. A ping that the probe gave up on counts with the time after which it gives up.
    """
    back = [wait for one in summaries for wait in [one.data["p50"]] * one.data["count"]]
    return percentile(back + [GIVES_UP] * sum(one.data["failed"] for one in summaries), 0.5)


def while_idle(trace: Trace) -> list[Event]:
    """The probe's summaries from before the first report was asked for."""
    first = min((mark.seq for mark in trace.of("request-started", lane="web")), default=math.inf)
    return [one for one in trace.of("probe") if one.seq < first]


def while_adding(trace: Trace) -> list[Event]:
    """The probe's summaries that lie between the release and the last total; the next one if there is none,
    because a frozen server's pings come back at the end.
    """
    mark, last = released(trace), trace.of("stub-received", lane="office")[-1]
    after = [one for one in trace.of("probe") if mark and one.t > mark.t + SUMMARY]
    return [one for one in after if one.seq < last.seq] or after[:1]


ENDS = ("background-ended", "background-failed")


# Teeth: None when the run brought the situation about, otherwise the sentence that says what was missing.


def a_fetch_was_held(trace: Trace) -> str | None:
    if not held(trace):
        return "No report asked the tills while they held their responses, so nothing was made to wait."
    return meddling(trace, "web", "tills", "office", "probe")


def totals_were_added_up(trace: Trace) -> str | None:
    if trace.knobs["reports"] < ENOUGH:
        return f"Fewer than {ENOUGH} reports are added up too quickly to show in the pings."
    if not trace.of("stub-received", lane="office"):
        return "The office received no total, so nothing was added up."
    if not while_adding(trace) or median(while_idle(trace)) is None:
        return "The probe counted no ping before the reports, or none after the release."
    return a_fetch_was_held(trace)


def processor_time_was_measured(trace: Trace) -> str | None:
    if trace.knobs["reports"] < ENOUGH:
        return f"Fewer than {ENOUGH} reports need too little processor time to show whose it was."
    if not trace.of("mark", text="processor time", lane="driver"):
        return "The driver did not come to measure the processor time."
    return a_fetch_was_held(trace)


def functions_were_under_way(trace: Trace) -> str | None:
    if not on_at_the_fetches(trace):
        return "No background function was under way when the tills received their calls."
    return a_fetch_was_held(trace)


def on_at_the_fetches(trace: Trace) -> set[str]:
    """What the background functions ran on that were under way when the tills received a call."""
    calls = trace.of("stub-received", lane="tills")
    spans = spans_of_background(trace)
    return {start.data["on"] for start, end in spans if any(start.seq < call.seq < end for call in calls)}


@check(
    "Pings are answered while the tills keep the reports waiting", teeth=a_fetch_was_held, rests_on_time=True
)
def pings_while_the_tills_wait(trace: Trace) -> Verdict:
    mark, sent = released(trace), pings(trace, held=True)
    assert mark is not None  # the teeth saw it
    back = [ping for ping in sent if ping.seq < mark.seq and ping.data["status"] == 200]
    return Verdict(
        passed=len(back) == PINGS,
        expected=f"{PINGS} pings come back within {PATIENCE:g} s, while the tills still hold their responses",
        observed=f"{counted(len(back), 'ping')} of {PINGS} came back in that time",
        events=(*seqs(held(trace), most=1), *seqs(sent, most=1), mark.seq),
        # A ping takes milliseconds: only a machine that was late by all of this explains its absence.
        late_by=PATIENCE,
    )


@check("Pings stay quick while the reports are added up", teeth=totals_were_added_up, rests_on_time=True)
def pings_while_the_reports_add(trace: Trace) -> Verdict:
    summaries, idle = while_adding(trace), median(while_idle(trace))
    wait = median(summaries)
    assert wait is not None
    assert idle is not None  # the teeth saw some of both
    bound = min(SLOW, max(QUICK, TIMES_IDLE * idle))
    return Verdict(
        passed=wait <= bound,
        expected=f"half of the pings take at most {bound * 1000:.0f} ms from the release to the last total",
        observed=f"half took {wait * 1000:.0f} ms or less, and {idle * 1000:.0f} ms before the reports",
        events=seqs(sorted(summaries, key=lambda one: -(one.data["worst"] or GIVES_UP)), most=2),
        late_by=wait - bound,
    )


@check("Other processes add the reports up", teeth=processor_time_was_measured)
def other_processes_add_up(trace: Trace) -> Verdict:
    mark = trace.of("mark", text="processor time", lane="driver")[0]
    own, children, half = mark.data["web"], mark.data["children"], mark.data["adding_up"] / 2
    return Verdict(
        # Processor time, unlike the time of a ping, says who added up, and a busy machine hardly changes it.
        passed=children >= half,
        expected=f"{half:.2f} s or more of processor time in child processes, half of what adding up takes",
        observed=f"{children:.2f} s in child processes of the web server, {own:.2f} s in its own process",
        events=(mark.seq,),
    )


@check("The process that makes the reports answers the pings", teeth=a_fetch_was_held)
def web_answers_the_pings(trace: Trace) -> Verdict:
    asked = {f"/reports/{report}" for report in reports(trace)}
    started = trace.of("request-started", lane="web")
    makers = {one.data["process"] for one in started if one.data["path"] in asked}
    sent = trace.of("response-sent", lane="web")
    by_makers = {one.data["path"] for one in sent if one.data["process"] in makers}
    back = [one for one in pings(trace, held=True) + pings(trace, held=False) if one.data["status"] == 200]
    others = [ping for ping in back if ping.data["path"] not in by_makers]
    return Verdict(
        passed=bool(back) and not others,
        expected="each ping that came back was answered by the web process that was asked for the reports",
        observed=f"answered elsewhere: {first_few([str(one.data['path']) for one in others])}"
        if others
        else f"{counted(len(back), 'ping')} answered there",
        events=seqs(others),
    )


@check(
    "Each report reaches the office from a background function", teeth=a_fetch_was_held, rests_on_time=True
)
def every_report_reaches_the_office(trace: Trace) -> Verdict:
    spans = spans_of_background(trace)
    received = {
        call.data["path"]
        for call in trace.of("stub-received", lane="office")
        if any(start.seq < call.seq < end for start, end in spans)
    }
    expected = {report: f"totals/{report}/{total_of(report)}" for report in reports(trace)}
    missing = [report for report, path in expected.items() if path not in received]
    return Verdict(
        passed=not missing,
        expected="the right total of each report, sent while a background function was under way",
        observed=f"not for report {first_few(missing)}" if missing else f"{len(expected)} right totals",
        events=seqs(trace.of("stub-received", lane="office")) if missing else (),
        late_by=late_if_cut_off(trace),
    )


@check("make_report runs on what RUNS_ON says", teeth=functions_were_under_way)
def it_runs_where_you_say(trace: Trace) -> Verdict:
    said = trace.of("mark", text="runs-on", lane="driver")
    words = {str(mark.data["body"]).strip('"') for mark in said}
    found = on_at_the_fetches(trace)
    return Verdict(
        passed=words == found,
        expected=f"RUNS_ON says what the functions ran on: {' and '.join(sorted(found))}",
        observed=f"RUNS_ON says {' and '.join(sorted(words)) or 'nothing'}",
        events=seqs(trace.of("background-started", lane="web"), most=1),
    )


@measure("Calls that the tills held", unit="calls")
def calls_held(trace: Trace) -> int:
    return len(held(trace))


@measure("Median ping while the reports are added up", unit="ms")
def ping_while_adding(trace: Trace) -> float | None:
    wait = median(while_adding(trace))
    return None if wait is None else round(wait * 1000, 1)


@measure("Longest ping that came back", unit="s")
def longest_ping(trace: Trace) -> float | None:
    worst = [one.data["worst"] for one in trace.of("probe") if one.data["count"]]
    return round(max(worst), 2) if worst else None


@measure("Responses about stock while the tills held theirs", unit="responses")
def stock_while_held(trace: Trace) -> int:
    mark = released(trace)
    back = trace.of("mark", text="stock", lane="driver", status=200)
    return len([one for one in back if mark is not None and one.seq < mark.seq])
