"""What the database knows of a run, for the feed: asked in a few threads of its own, never in the event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

from django.db import close_old_connections

from labs.models import Run, RunTrace

_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="feed-past")


@dataclass(frozen=True)
class Past:
    """`lines` is the whole trace of an ended run, empty where it was forgotten."""

    ended: bool
    lines: list[str] = field(default_factory=list)


async def past(run: str) -> Past | None:
    """None when there is no such run; raises what the database raises."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _past, run)


def _past(run: str) -> Past | None:
    close_old_connections()
    try:
        found = Run.objects.filter(pk=UUID(run)).only("state").first()
        if found is None:
            return None
        if not found.has_ended:
            return Past(ended=False)
        trace = RunTrace.objects.filter(run=found.pk).first()
        return Past(ended=True, lines=trace.lines if trace else [])
    finally:
        close_old_connections()
