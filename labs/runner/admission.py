"""How many runs this host can time: measured by how late a timer of the runner fires.

A host that is too full gives wrong verdicts before it gives errors, so no number in a configuration is right
for long. It starts with what the cores allow. While the timer is late, the limit falls by one each few
seconds, and rises again while it is on time; it is never below 1 and never above the configured slots.
"""

from __future__ import annotations

import os
import threading
import time

PER_CORE = 2
"""Runs a core to begin with: a run mostly waits."""
EVERY = 0.05
WINDOW = 2.0
"""Seconds of measurement on which one change of the limit rests."""
LATE, ON_TIME = 0.08, 0.03
"""Seconds by which the timer is late, at its second worst of a window, when the limit falls; and when it
rises. One late firing may be a garbage collection.
"""


class Admission:
    """The limit of one host. `slots` is the most that it may be."""

    def __init__(self, slots: int, cores: int | None = None) -> None:
        self._cores = cores or len(os.sched_getaffinity(0))
        self.lateness = 0.0
        """Seconds, of the latest window."""
        self.configure(slots)
        self._late: list[float] = []
        self._since = time.monotonic()

    def configure(self, slots: int) -> None:
        """Begin with what the cores allow, of at most so many."""
        self.slots = slots
        self.limit = max(1, min(slots, self._cores * PER_CORE))

    def note(self, late: float, now: float, running: int) -> None:
        """The timer fired so many seconds late. `running` is the number of runs at the moment."""
        self._late.append(max(0.0, late))
        if now - self._since < WINDOW:
            return
        self.lateness = sorted(self._late)[-2:][0]
        self._late, self._since = [], now
        if self.lateness >= LATE:
            # Below what runs now, or a host that was far from its limit would go on filling up.
            self.limit = max(1, min(self.limit, running) - 1)
        elif self.lateness <= ON_TIME:
            self.limit = min(self.slots, self.limit + 1)


class Pressure(threading.Thread):
    """Feeds an `Admission`. `running` counts the runs of this host."""

    def __init__(self, admission: Admission, ended: threading.Event) -> None:
        super().__init__(name="pressure", daemon=True)
        self._admission, self._ended = admission, ended
        self.running = 0

    def run(self) -> None:
        while True:
            due = time.monotonic() + EVERY
            if self._ended.wait(EVERY):
                return
            now = time.monotonic()
            self._admission.note(now - due, now, self.running)
