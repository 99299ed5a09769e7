"""How a run ends without its runner: requeued, cancelled in the queue, or lost."""

from __future__ import annotations

import logging

from django.utils.translation import gettext_noop

from labs.judging.evaluation import untested
from labs.live import stream
from labs.live.stream import Fenced
from labs.models import Run
from labs.runs.waking import announce
from labs.valkey import Unreachable
from sandbox.protocol import Kind, Outcome, State

log = logging.getLogger(__name__)
STOPPED = gettext_noop("You stopped this run.")
STOPPED_BY_OPERATOR = gettext_noop(
    "The operator of this site stopped this run. Nothing is wrong with your code."
)
LOST = gettext_noop(
    "The machine that ran this was lost twice. Nothing is wrong with your code. Start the run again."
)


def end_without_runner(run: Run, outcome: Outcome, reason: str, *, only: State | None = None) -> bool:
    """Write the end with the events that the stream has, then publish it to watchers. False when another
    claim holds the run, it has ended, or it is not in the state `only`.

    If the stream cannot be read, the trace holds nothing but the end, because the outcome matters more.
    """
    try:
        events = stream.read_events(run.pk)
    except Unreachable as error:
        log.warning("run %s ends %s without its trace: %r", run.pk, outcome, error)
        events = []
    if not events:
        events = [("0.0", stream.opening_event(1))]
    last = (events[-1][0], stream.run_event(Kind.RUN_ENDED, outcome=outcome, reason=reason))
    whole = [*events, last]
    checks = untested(run.revision.definition, reason)
    if not run.end(outcome, reason, lines=stream.trace_lines(whole), checks=checks, only=only):
        return False
    try:
        # Writing with the next claim fences off a runner that still believes it holds the run.
        stream.append_events(run.pk, run.claim + 1, len(whole), [last], keep=stream.KEEP_ENDED)
        stream.expire_streams(run.pk)
    except (Fenced, *Unreachable) as error:
        log.info("the stream of run %s has no end; watchers read it from the database: %r", run.pk, error)
    return True


def requeue_or_end(run: Run, *, died: bool, reason: str = "") -> None:
    """Put the run back into the queue. If it may not go back, end it: as cancelled if somebody asked for
    that, otherwise, if its runner or warden died, as lost.
    """
    if run.requeue(died=died, reason=reason):
        announce(run.pk, run.claim)
        return
    run.refresh_from_db(fields=["cancel_asked_at", "reason"])
    if run.cancel_asked_at:
        end_without_runner(run, Outcome.CANCELLED, run.reason)
    elif died:
        end_without_runner(run, Outcome.LOST, LOST)


def run_again_alone(run: Run) -> bool:
    """Put a run that could not be judged back into the queue, to run alone on its host. False when it has
    been alone already, or may not go back.
    """
    if run.alone or not run.requeue(died=False, alone=True):
        return False
    announce(run.pk, run.claim, alone=True)
    return True


def cancel(run: Run, reason: str = STOPPED) -> bool:
    """End the run now if it is queued, else ask its runner to end it. False when it has ended already."""
    if end_without_runner(run, Outcome.CANCELLED, reason, only=State.QUEUED):
        return True
    if not run.ask_cancel(reason):
        return False
    run.refresh_from_db(fields=["state", "claim", "runner"])
    try:
        stream.send_to_runner(run.pk, run.claim, {"op": "cancel", "reason": reason})
    except Unreachable as error:
        log.info("run %s is cancelled when its lease is renewed: %r", run.pk, error)
    return True
