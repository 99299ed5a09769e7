"""Verdicts on a run of this lab. Pure functions: a Trace in, a Verdict or a number out."""

from labs.checking import Event, Run, Trace, Verdict, check, measure

FEWEST_LABELS, MOST_LABELS = 2, 4
SIGKILL = 9


def sent(trace: Trace, what: str) -> list[Event]:
    """The driver's marks for the tasks it sent under this name, in order: `data.order` and `data.task`."""
    orders = set(trace.random().sample(range(1000, 10000), 5))  # as the driver draws them
    marks = trace.of("mark", text="sent", what=what, lane="driver")
    return [mark for mark in marks if mark.data["order"] in orders]


def calls(trace: Trace, path: str) -> list[Event]:
    """What reached the mail server or the back office at `path`: effects, not intentions."""
    return [call for call in trace.of("stub-called") if call.data["path"] == path]


def runs_of(trace: Trace, task: str) -> list[Run]:
    return [run for run in trace.runs() if run.task == task]


def child_deaths(trace: Trace, task: str) -> list[Event]:
    """The ends by SIGKILL of pool children that ran this task; their parents lived on."""
    return [
        down
        for run in runs_of(trace, task)
        for down in trace.of("lane-down", signal=SIGKILL, pid=run.process)
        if down.lane.startswith(f"{run.lane}/") and run.outcome != "succeeded"
    ]


def child_death(trace: Trace, task: str) -> Event | None:
    return next(iter(child_deaths(trace, task)), None)


def worker_death(trace: Trace, task: str) -> Event | None:
    """The end by SIGKILL of the whole worker that ran this task."""
    for run in runs_of(trace, task):
        for down in trace.of("lane-down", signal=SIGKILL, lane=run.lane):
            if run.outcome == "killed" and down.seq == run.end_seq:
                return down
    return None


DEATHS = {"child": child_death, "worker": worker_death}
ACTS = ("child", "worker")  # the driver sends one sale and one voucher an act


def under_the_knife(trace: Trace, what: str, victim: str, effect: str) -> tuple[Event, Event] | str:
    """(mark, death) of the act's task, or the sentence that says why it was not tested.

    A voucher has to be out when its process dies, a sale must not be booked yet: else nothing was at stake.
    """
    marks = sent(trace, what)
    place = ACTS.index(victim)
    if len(marks) <= place:
        return f"The driver never came to send the {what} of act {place + 1}."
    mark = marks[place]
    death = DEATHS[victim](trace, mark.data["task"])
    if death is None:
        return f"No {victim} died while {what} ran in act {place + 1}."
    was_out = any(call.seq < death.seq for call in calls(trace, f"{effect}/{mark.data['order']}"))
    if was_out == (what == "book_sale"):
        state = "already" if was_out else "not yet"
        path = f"{effect}/{mark.data['order']}"
        return f"When the {victim} died, {path} had {state} been called, so nothing was at stake."
    return mark, death


# Teeth: None when the run put the question, otherwise the sentence that says what was missing.

def both_kills_hit_a_voucher(trace: Trace) -> str | None:
    found = [under_the_knife(trace, "mail_voucher", victim, "vouchers") for victim in ACTS]
    return next((why for why in found if isinstance(why, str)), None)


def a_child_died_under_a_sale(trace: Trace) -> str | None:
    found = under_the_knife(trace, "book_sale", "child", "ledger")
    return found if isinstance(found, str) else None


def a_worker_died_under_a_sale(trace: Trace) -> str | None:
    found = under_the_knife(trace, "book_sale", "worker", "ledger")
    return found if isinstance(found, str) else None


def the_label_killed_its_process(trace: Trace) -> str | None:
    for mark in sent(trace, "print_label"):
        if child_death(trace, mark.data["task"]):
            return None
    return "No process died printing the label, so no crash of its own was tested."


@check("No voucher leaves twice", teeth=both_kills_hit_a_voucher)
def no_voucher_leaves_twice(trace: Trace) -> Verdict:
    expected = "each order's voucher reaches the mail server once, although both processes died after it"
    for mark in sent(trace, "mail_voucher"):
        out = calls(trace, f"vouchers/{mark.data['order']}")
        if len(out) > 1:
            when = " and ".join(f"{call.t:.1f} s" for call in out[:3])
            observed = f"vouchers/{mark.data['order']} was called {len(out)} times, at {when}"
            return Verdict(False, expected, observed, tuple(call.seq for call in out[:3]))
    total = sum(len(calls(trace, f"vouchers/{mark.data['order']}")) for mark in sent(trace, "mail_voucher"))
    return Verdict(True, expected, f"{total} vouchers left, none of them twice")


@check("The sale whose pool child was killed is booked", teeth=a_child_died_under_a_sale)
def sale_survives_a_dead_child(trace: Trace) -> Verdict:
    return booked_after(trace, "child")


@check("The sale whose worker was killed is booked", teeth=a_worker_died_under_a_sale)
def sale_survives_a_dead_worker(trace: Trace) -> Verdict:
    return booked_after(trace, "worker")


def booked_after(trace: Trace, victim: str) -> Verdict:
    expected = f"a row in the ledger after the {victim} died"
    found = under_the_knife(trace, "book_sale", victim, "ledger")
    assert not isinstance(found, str)  # the teeth saw it
    mark, death = found
    rows = calls(trace, f"ledger/{mark.data['order']}")
    if rows:
        waited = rows[0].t - death.t
        return Verdict(True, expected, f"booked {waited:.1f} s after the kill", (death.seq, rows[0].seq))
    starts = len(runs_of(trace, mark.data["task"]))
    observed = f"order {mark.data['order']} was never booked; its task started {starts} time{'s'[: starts != 1]}"
    return Verdict(False, expected, observed, (death.seq,))


@check("The label that kills its process is tried again, then given up", teeth=the_label_killed_its_process)
def label_is_tried_again_and_given_up(trace: Trace) -> Verdict:
    expected = f"{FEWEST_LABELS} to {MOST_LABELS} starts, then FAILURE"
    mark = sent(trace, "print_label")[0]
    starts = calls(trace, f"labels/{mark.data['order']}")
    crashes = child_deaths(trace, mark.data["task"])  # a start that did not kill its process is none of this label's
    ends = [end for end in trace.of("task-failed", task=mark.data["task"]) if end.seq > starts[-1].seq]
    times = f"{len(crashes)} start{'s'[: len(crashes) != 1]}"
    return Verdict(
        passed=FEWEST_LABELS <= len(crashes) <= len(starts) <= MOST_LABELS and bool(ends),
        expected=expected,
        observed=f"{times}, then FAILURE" if ends else f"{times}, and no end",
        events=(*(start.seq for start in (*starts[:1], *starts[1:][-1:])), *(end.seq for end in ends[:1])),
    )


@check("Only a voucher may stay without an end", teeth=a_worker_died_under_a_sale)
def only_a_voucher_may_stay_open(trace: Trace) -> Verdict:
    expected = "each sale and the label ended in SUCCESS or FAILURE, and the broker holds no message"
    held = trace.of("broker-sample")[-1]
    left = held.data["unacked"] + sum(held.data["depth"].values())
    marks = [*sent(trace, "book_sale"), *sent(trace, "print_label")]
    still = [mark for mark in marks if not ended(trace, mark.data["task"])]
    words = [f"{mark.data['what']} {mark.data['order']} has no end" for mark in still]
    words += [f"{left} message{'s'[: left != 1]} in the broker"] if left else []
    return Verdict(
        passed=not words,
        expected=expected,
        observed="; ".join(words) or f"{len(marks)} ended, the broker is empty",
        events=(*(mark.seq for mark in still), held.seq),
    )


def ended(trace: Trace, task: str) -> bool:
    """Did the last run of this task come to a result?"""
    kinds = ("task-succeeded", "task-failed")
    last_start = max((run.start_seq for run in runs_of(trace, task)), default=0)
    return any(event.seq > last_start for kind in kinds for event in trace.of(kind, task=task))


def second_start(trace: Trace, victim: str) -> float | None:
    """Seconds from a death to the next start of the sale that died with it."""
    marks = sent(trace, "book_sale")
    if len(marks) <= ACTS.index(victim):
        return None
    task = marks[ACTS.index(victim)].data["task"]
    death = DEATHS[victim](trace, task)
    if death is None:
        return None
    starts = [run.started for run in runs_of(trace, task) if run.start_seq > death.seq]
    return round(min(starts) - death.t, 2) if starts else None


@measure("Starts of the sale whose pool child is killed", unit="starts")
def sale_starts(trace: Trace) -> int | None:
    marks = sent(trace, "book_sale")
    if not marks or child_death(trace, marks[0].data["task"]) is None:
        return None
    return len(runs_of(trace, marks[0].data["task"]))


@measure("Seconds from the kill of the worker to the sale's second start", unit="s")
def restart_after_worker(trace: Trace) -> float | None:
    return second_start(trace, "worker")


@measure("Seconds from the kill of the child to the sale's second start", unit="s")
def restart_after_child(trace: Trace) -> float | None:
    return second_start(trace, "child")


@measure("Starts of the label", unit="starts")
def label_starts(trace: Trace) -> int | None:
    marks = sent(trace, "print_label")
    return len(calls(trace, f"labels/{marks[0].data['order']}")) if marks else None


@measure("Vouchers that left twice", unit="vouchers")
def vouchers_doubled(trace: Trace) -> int:
    return sum(len(calls(trace, f"vouchers/{mark.data['order']}")) > 1 for mark in sent(trace, "mail_voucher"))
