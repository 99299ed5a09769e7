"""Whether this site can run labs at present, for notices on pages."""

from __future__ import annotations

import time

from django.conf import settings

from labs.live import heartbeats
from labs.valkey import Unreachable

KEEP = 1.0
"""Seconds for which a process shows what it read: heartbeats come every 2 s, and each page would ask."""
State = dict[str, str]

_read: tuple[float, State] | None = None


def sandbox_state() -> State:
    """`state` is `jail`, `recording` (wardens only replay), `absent` (no runner reaches a warden) or `off`
    (LABS_ENABLED); `why` is a warden's sentence, or "".
    """
    global _read
    if not settings.LABS_ENABLED:
        return {"state": "off", "why": ""}
    now = time.monotonic()
    if _read is None or now - _read[0] > KEEP:
        _read = (now, _ask())
    return _read[1]


def forget() -> None:
    """Drop what was read, so that the next call reads it again."""
    global _read
    _read = None


def _ask() -> State:
    try:
        runners = heartbeats.fresh_runners()
    except Unreachable:
        return {"state": "absent", "why": ""}
    wardens = [runner["warden"] for runner in runners.values() if runner["warden"]]
    if not wardens:
        return {"state": "absent", "why": ""}
    if all(warden["mode"] == "replay" for warden in wardens):
        return {"state": "recording", "why": str(wardens[0].get("sentence", ""))}
    return {"state": "jail", "why": ""}
