"""Stops and continues of lanes' processes, as the kernel reports them to their parent.

Every program of a run may send SIGSTOP and SIGCONT to every other. The supervisor cannot prevent that. It
does not stop a lane again either: the process would run between the two signals, and a freeze that leaks is
none. It writes the command into the trace as one by `program`, so that no check rests on a freeze that was
not.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable

from sandbox.inside.supervision.lane import Lane

STOPPED_WITHIN = 0.2
MOST_REPORTS = 20
"""Reports of foreign signals a lane: commands may use the reserved share of a trace, which has an end."""


def observe(lane: Lane, stopped: bool, write_event: Callable[..., None]) -> None:
    """The kernel reports that the lane's process was stopped or continued."""
    if stopped and lane.awaits_stop:
        lane.awaits_stop = False
    elif stopped == lane.is_stopped:
        if stopped and lane.foreign_stops < MOST_REPORTS:
            # A second stop without a command: it must have been continued since, however short that was.
            _report(lane, False, write_event)
            _report(lane, True, write_event)
    else:
        lane.is_stopped = stopped
        if lane.foreign_stops < MOST_REPORTS:
            _report(lane, stopped, write_event)


def wait_until_stopped(lane: Lane) -> None:
    """Wait until the kernel has reported the stop that a command caused, so that `observe` sees only others.
    On a busy machine `observe` may get that report; it knows it by `awaits_stop`.
    """
    until = time.monotonic() + STOPPED_WITHIN
    with contextlib.suppress(ChildProcessError):
        while lane.pid is not None and time.monotonic() < until:
            if os.waitid(os.P_PID, lane.pid, os.WSTOPPED | os.WNOHANG):
                lane.awaits_stop = False
                return
            time.sleep(0.001)


def _report(lane: Lane, stopped: bool, write_event: Callable[..., None]) -> None:
    lane.foreign_stops += 1
    words = ("freeze", "thaw") if lane.spec.kind == "broker" else ("pause", "resume")
    data = {"action": words[0] if stopped else words[1], "target": lane.name, "by": "program"}
    write_event(lane.name, "command", data=data)
