"""A process that only asks for work: whatever it sends is told, by every library that this environment has."""

from __future__ import annotations

import sys

from sandbox.inside.channel import Channel
from sandbox.inside.instruments import celery, rq


def instrument(channel: Channel) -> None:
    """Celery's and RQ's callers; only what the jail imported while it warmed up."""
    celery.instrument(channel)
    if "rq.queue" in sys.modules:
        rq.instrument_callers(channel)
