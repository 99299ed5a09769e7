"""Wake runners. The message carries only an id; a lost or duplicate message does no harm."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from uuid import UUID

from celery import current_app

from labs.live import stream
from labs.live.stream import Fenced
from labs.valkey import Unreachable

log = logging.getLogger(__name__)


def wake(run: UUID) -> bool:
    """Tell the runners that there is a run to claim. False, with a warning in the log, when the broker cannot
    be reached.
    """
    try:
        current_app.send_task("labs.work", (str(run),))
    except Exception as error:  # kombu wraps the errors of each transport, but not all of them
        log.warning("run %s was not announced (%s); the sweeper will announce it", run, error)
        return False
    return True


def announce(run: UUID, claim: int, *, alone: bool = False) -> None:
    """Wake the runners and write the event that shows watchers that the run is queued, or queued again."""
    wake(run)
    try:
        stream.append_opening(run, claim, stream.opening_event(claim, alone=alone))
    except (Fenced, *Unreachable) as error:
        log.info("run %s has no opening event yet (%r); its runner will write it", run, error)


def wake_all(runs: Iterable[UUID]) -> None:
    """Send a message for each run until the broker fails."""
    for run in runs:
        if not wake(run):
            return
