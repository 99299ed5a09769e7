"""Checks and measures of this lab: functions of a Trace that return a Verdict or a number."""

import math

from labs.checking import (
    Event,
    Execution,
    Trace,
    Verdict,
    check,
    counted,
    executions_of,
    late_if_cut_off,
    measure,
    meddling,
    seqs,
    stub_calls,
)

FEWEST_LABELS, MOST_LABELS = 2, 4
SALES_AND_LABEL = 3
SIGKILL = 9


def sent(trace: Trace, what: str) -> list[Event]:
    """The driver's marks for the tasks it sent under this name, in order: `data.order` and `data.task`."""
    orders = set(trace.random().sample(range(1000, 10000), 5))  # as the driver draws them
    marks = trace.of("mark", text="sent", what=what, lane="driver")
    return [mark for mark in marks if mark.data["order"] in orders]


def effects(trace: Trace, path: str, task: str) -> list[Event]:
    """Calls of this path while this very task was under way; not those of a daemon that outlived a kill."""

    def is_of_the_task(execution: Execution) -> bool:
        return execution.task == task

    return stub_calls(trace, path, during=is_of_the_task)


def sent_by_others(trace: Trace, task: str) -> Event | None:
    """Somebody but the driver sent this id for its first attempt: then it was not the broker that kept it."""
    others = (one for one in trace.of("task-sent", task=task) if one.lane != "driver")
    return next((one for one in others if (one.attempt or 1) == 1), None)


def child_deaths(trace: Trace, task: str) -> list[Event]:
    """The ends by SIGKILL of pool children that ran this task; their parents lived on."""
    return [
        down
        for one in executions_of(trace, task)
        for down in trace.of("lane-down", signal=SIGKILL, pid=one.process)
        if down.lane.startswith(f"{one.lane}/") and one.outcome != "succeeded"
    ]


def child_death(trace: Trace, task: str) -> Event | None:
    return next(iter(child_deaths(trace, task)), None)


def worker_death(trace: Trace, task: str) -> Event | None:
    """The end by SIGKILL of the whole worker that ran this task."""
    for one in executions_of(trace, task):
        for down in trace.of("lane-down", signal=SIGKILL, lane=one.lane):
            if one.outcome == "killed" and down.seq == one.end_seq:
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
    if why := meddling(trace, "worker-1", "worker-2", "broker", "backoffice", "mail"):
        return why
    path = f"{effect}/{mark.data['order']}"
    was_out = any(call.seq < death.seq for call in effects(trace, path, mark.data["task"]))
    if was_out == (what == "book_sale"):
        state = "already" if was_out else "not yet"
        return f"When the {victim} died, {path} had {state} been called, so nothing was at stake."
    if what == "mail_voucher" and acknowledged_early_too_late(trace, mark):
        return f"The {victim} died before the voucher's early acknowledgement had reached the broker."
    return mark, death


def acknowledged_early_too_late(trace: Trace, mark: Event) -> bool:
    """Is the voucher acknowledged before its work is done, as a later execution shows, while the killed one
    had not been acknowledged yet?
    """
    task = mark.data["task"]
    first, *later = executions_of(trace, task)
    acks = [ack.seq for ack in trace.of("task-acked", task=task)]
    filed = [call.seq for call in stub_calls(trace, f"copies/{mark.data['order']}")]
    early = any(one.start_seq < ack < copy for one in later for ack in acks for copy in filed)
    return early and not any(ack < first.end_seq for ack in acks)


# Teeth: None when the run brought the situation about, otherwise the sentence that says what was missing.

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
        # Wherever it came from: a customer does not ask which process sent the second one.
        out = stub_calls(trace, f"vouchers/{mark.data['order']}")
        if len(out) > 1:
            when = " and ".join(f"{call.t:.1f} s" for call in out[:3])
            observed = f"vouchers/{mark.data['order']} was called {len(out)} times, at {when}"
            return Verdict(False, expected, observed, seqs(out))
    total = sum(vouchers_sent(trace))
    return Verdict(True, expected, f"{total} vouchers left, none of them twice")


@check("The sale whose pool child was killed is booked", teeth=a_child_died_under_a_sale, rests_on_time=True)
def sale_survives_a_dead_child(trace: Trace) -> Verdict:
    return booked_after(trace, "child")


@check("The sale whose worker was killed is booked", teeth=a_worker_died_under_a_sale, rests_on_time=True)
def sale_survives_a_dead_worker(trace: Trace) -> Verdict:
    return booked_after(trace, "worker")


def booked_after(trace: Trace, victim: str) -> Verdict:
    expected = f"a row in the ledger after the {victim} died, written by its task when it ran again"
    found = under_the_knife(trace, "book_sale", victim, "ledger")
    assert not isinstance(found, str)  # the teeth saw it
    mark, death = found
    if by_hand := sent_by_others(trace, mark.data["task"]):
        observed = f"{by_hand.lane} sent the task again itself"
        return Verdict(False, expected, observed, (death.seq, by_hand.seq), late_by=math.inf)
    rows = effects(trace, f"ledger/{mark.data['order']}", mark.data["task"])
    rows = [row for row in rows if row.seq > death.seq]
    if rows:
        waited = rows[0].t - death.t
        return Verdict(True, expected, f"booked {waited:.1f} s after the kill", (death.seq, rows[0].seq))
    starts = counted(len(executions_of(trace, mark.data["task"])), "time")
    observed = f"order {mark.data['order']} was never booked; its task started {starts}"
    return Verdict(False, expected, observed, (death.seq,), late_if_cut_off(trace))


@check(
    "The label that kills its process is tried again, then given up",
    teeth=the_label_killed_its_process,
    rests_on_time=True,
)
def label_is_tried_again_and_given_up(trace: Trace) -> Verdict:
    expected = f"{FEWEST_LABELS} to {MOST_LABELS} starts, then FAILURE"
    mark = sent(trace, "print_label")[0]
    starts = effects(trace, f"labels/{mark.data['order']}", mark.data["task"])
    if not starts:
        return Verdict(False, expected, "no start of the task called labels/", (), late_if_cut_off(trace))
    # Only this task kills its own process, so each of its crashes is a start of the label.
    crashes = child_deaths(trace, mark.data["task"])
    ends = [end for end in trace.of("task-failed", task=mark.data["task"]) if end.seq > starts[-1].seq]
    times = counted(len(crashes), "start")
    return Verdict(
        passed=FEWEST_LABELS <= len(crashes) <= len(starts) <= MOST_LABELS and bool(ends),
        expected=expected,
        observed=f"{times}, then FAILURE" if ends else f"{times}, and no end",
        events=(*(start.seq for start in (*starts[:1], *starts[1:][-1:])), *(end.seq for end in ends[:1])),
        late_by=late_if_cut_off(trace),
    )


@check("Only a voucher may stay without an end", teeth=a_worker_died_under_a_sale, rests_on_time=True)
def only_a_voucher_may_stay_open(trace: Trace) -> Verdict:
    expected = "each sale and the label ended in SUCCESS or FAILURE, and the broker holds no message"
    held = trace.of("broker-sample")[-1]
    left = held.data["unacked"] + sum(held.data["depth"].values())
    marks = [*sent(trace, "book_sale"), *sent(trace, "print_label")]
    still = [mark for mark in marks if not ended(trace, mark.data["task"])]
    if len(marks) < SALES_AND_LABEL:
        return Verdict(False, expected, f"only {len(marks)} of {SALES_AND_LABEL} were sent", (), math.inf)
    words = [f"{mark.data['what']} {mark.data['order']} has no end" for mark in still]
    words += [f"{counted(left, 'message')} in the broker"] if left else []
    return Verdict(
        passed=not words,
        expected=expected,
        observed="; ".join(words) or f"{len(marks)} ended, the broker is empty",
        events=(*(mark.seq for mark in still), held.seq),
        late_by=late_if_cut_off(trace),
    )


def vouchers_sent(trace: Trace) -> list[int]:
    """How often the mail server got the voucher of each order."""
    marks = sent(trace, "mail_voucher")
    return [len(stub_calls(trace, f"vouchers/{mark.data['order']}")) for mark in marks]


def ended(trace: Trace, task: str) -> bool:
    """Did the last execution of this task end with a result?"""
    kinds = ("task-succeeded", "task-failed")
    last_start = max((one.start_seq for one in executions_of(trace, task)), default=0)
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
    starts = [one.started for one in executions_of(trace, task) if one.start_seq > death.seq]
    return round(min(starts) - death.t, 2) if starts else None


@measure("Starts of the label", unit="starts")
def label_starts(trace: Trace) -> int | None:
    marks = sent(trace, "print_label")
    return len(effects(trace, f"labels/{marks[0].data['order']}", marks[0].data["task"])) if marks else None


@measure("Starts of the sale whose pool child is killed", unit="starts")
def sale_starts(trace: Trace) -> int | None:
    marks = sent(trace, "book_sale")
    if not marks or child_death(trace, marks[0].data["task"]) is None:
        return None
    return len(executions_of(trace, marks[0].data["task"]))


@measure("Seconds from the kill of the worker to the sale's second start", unit="s")
def restart_after_worker(trace: Trace) -> float | None:
    return second_start(trace, "worker")


@measure("Seconds from the kill of the child to the sale's second start", unit="s")
def restart_after_child(trace: Trace) -> float | None:
    return second_start(trace, "child")


@measure("Vouchers that left twice", unit="vouchers")
def vouchers_doubled(trace: Trace) -> int:
    return sum(number > 1 for number in vouchers_sent(trace))
