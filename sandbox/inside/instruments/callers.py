"""Instruments for a process that only sends tasks, of each library that the environment has."""

from __future__ import annotations

import sys

from sandbox.inside.channel import Channel
from sandbox.inside.instruments import celery, rq


def instrument(channel: Channel) -> None:
    """Report what this process sends by Celery, and by RQ where the jail has imported it."""
    celery.instrument(channel)
    if "rq.queue" in sys.modules:
        rq.instrument_callers(channel)
