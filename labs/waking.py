"""Wake runners: the message carries only an id, and losing it or doubling it does no harm."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from uuid import UUID

from celery import current_app

from labs import stream
from labs.stream import Fenced
from labs.valkey import Unreachable

log = logging.getLogger(__name__)


def wake(run: UUID) -> bool:
    """Tell the runners that there is a run to claim; False, and a line in the log, when the broker cannot be reached."""
    try:
        current_app.send_task("labs.work", (str(run),))
    except Exception as error:  # kombu wraps each transport's own errors, and not all of them
        log.warning("run %s was not announced (%s); the sweeper will", run, error)
        return False
    return True


def announce(run: UUID, attempt: int) -> None:
    """Wake the runners and show the run's watchers that it waits (again)."""
    wake(run)
    try:
        stream.append_once(run, attempt, stream.opening(attempt))
    except (Fenced, *Unreachable) as error:
        log.info("run %s has no opening event yet (%r); its runner will write it", run, error)


def wake_all(runs: Iterable[UUID]) -> None:
    """Wake for each, until the broker fails."""
    for run in runs:
        if not wake(run):
            return
