"""What happens to runs that their runner does not bring to an end: given back, cancelled in the queue, lost."""

from __future__ import annotations

import logging

from django.utils.translation import gettext_noop

from labs import stream
from labs.evaluation import untested
from labs.models import Run
from labs.stream import Fenced
from labs.valkey import Unreachable
from labs.waking import announce
from sandbox.protocol import Kind, Outcome, State

log = logging.getLogger(__name__)
STOPPED = gettext_noop("You stopped this run.")
STOPPED_BY_OPERATOR = gettext_noop("The operator of this site stopped this run. Nothing is wrong with your code.")
LOST = gettext_noop("The machine that ran this was lost twice. Nothing is wrong with your code: start it again.")


def end_without_runner(run: Run, outcome: Outcome, reason: str, *, only: State | None = None) -> bool:
    """Write the end with whatever the stream has of the run, then tell its watchers; False when it was not ours to end.

    A stream that cannot be read leaves a trace of the end alone: the outcome matters more.
    """
    try:
        events = stream.read(run.pk)
    except Unreachable as error:
        log.warning("run %s ends %s without its trace: %r", run.pk, outcome, error)
        events = []
    if not events:
        events = [("0.0", stream.opening(1))]
    last = (events[-1][0], stream.body(Kind.RUN_ENDED, outcome=outcome, reason=reason))
    whole = [*events, last]
    checks = untested(run.revision.definition, reason)
    if not run.end(outcome, reason, lines=stream.lines(whole), checks=checks, only=only):
        return False
    try:
        # The attempt after this one: whoever still believes to hold the run is fenced off.
        stream.append(run.pk, run.attempt + 1, len(whole), [last], keep=stream.KEEP_ENDED)
        stream.expire(run.pk)
    except (Fenced, *Unreachable) as error:
        log.info("watchers of run %s learn of its end from the database: %r", run.pk, error)
    return True


def give_back(run: Run, *, died: bool, reason: str = "") -> None:
    """Back to the queue; if the run may not go back, its end: cancelled where somebody wished so, otherwise lost."""
    if run.requeue(died=died, reason=reason):
        announce(run.pk, run.attempt)
        return
    run.refresh_from_db(fields=["cancel_asked_at", "reason"])
    if run.cancel_asked_at:
        end_without_runner(run, Outcome.CANCELLED, run.reason)
    elif died:
        end_without_runner(run, Outcome.LOST, LOST)


def cancel(run: Run, reason: str = STOPPED) -> bool:
    """End the run now if it waits, else ask its runner to; False when it has ended already."""
    if end_without_runner(run, Outcome.CANCELLED, reason, only=State.QUEUED):
        return True
    if not run.ask_cancel(reason):
        return False
    run.refresh_from_db(fields=["state", "attempt", "runner"])
    try:
        stream.send(run.pk, run.attempt, {"op": "cancel", "reason": reason})
    except Unreachable as error:
        log.info("run %s is cancelled when its lease is renewed: %r", run.pk, error)
    return True
