"""What the database knows of a run, for the feed. Queries run in two threads, never in the event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

from django.db import close_old_connections

from labs.models import Run, RunTrace

_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="feed-archive")


@dataclass(frozen=True)
class ArchivedTrace:
    """`lines` is the whole trace of an ended run; empty where the trace was deleted."""

    ended: bool
    lines: list[str] = field(default_factory=list)


async def archived_trace(run: str) -> ArchivedTrace | None:
    """What the database has of this run; None when there is no such run. Raises database errors."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _read, run)


async def queue_places() -> dict[str, int]:
    """The places of the queued runs by their ids, from 1. Raises database errors."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _places)


def _places() -> dict[str, int]:
    close_old_connections()
    try:
        return {str(run): place for run, place in Run.objects.places().items()}
    finally:
        close_old_connections()


def _read(run: str) -> ArchivedTrace | None:
    close_old_connections()
    try:
        found = Run.objects.filter(pk=UUID(run)).only("state").first()
        if found is None:
            return None
        if not found.has_ended:
            return ArchivedTrace(ended=False)
        trace = RunTrace.objects.filter(run=found.pk).first()
        return ArchivedTrace(ended=True, lines=trace.lines if trace else [])
    finally:
        close_old_connections()
