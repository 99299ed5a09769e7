"""How many runs this host can time: measured by how late a timer of the runner fires, and by how much
programs wait for a processor.

A host that is too full gives wrong verdicts before it gives errors, so no number in a configuration is right
for long. What the cores allow may run at once; more only while few programs wait for a processor, where the
kernel says so (`/proc/pressure/cpu`), and no more than one for each core begin within `YOUNG` seconds,
because the pressure of a run shows late. While the timer is late, the limit falls by one each few seconds,
and rises again while it is on time; it is never below 1 and never above the configured slots.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

PER_CORE = 2
"""Runs a core that need no look at the pressure: a run mostly waits."""
PRESSURE = Path("/proc/pressure/cpu")
CROWDED, CROWDED_OVER = 0.4, 0.5
"""Share of the time in which some program waits for a processor from which no run begins beyond those that
the cores allow, and the seconds over which it is measured.
"""
YOUNG = 0.4
"""Seconds after its claim in which a run's share of the pressure does not show yet."""
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
        self.pressure: float | None = None
        """Share of the time in which some program waited for a processor; None where nothing says so."""
        self.refused = 0
        """How often a run was refused and nobody has asked again since."""
        self._waited: deque[tuple[float, float]] = deque()
        self._claimed: deque[float] = deque(maxlen=self._cores)
        self.configure(slots)
        self._late: list[float] = []
        self._since = time.monotonic()

    def configure(self, slots: int) -> None:
        """Admit at most so many runs at once."""
        self.slots = slots
        self.limit = max(1, slots)

    def admits(self, running: int, now: float) -> bool:
        """May one more run begin beside `running` others?"""
        if running >= self.limit:
            return False
        if running < self._cores * PER_CORE:
            return True
        young = sum(now - at < YOUNG for at in self._claimed)
        return self.pressure is not None and self.pressure < CROWDED and young < self._cores

    def claimed(self, now: float) -> None:
        """A run begins."""
        self._claimed.append(now)

    def waited(self, total: float | None, now: float) -> None:
        """The kernel says that programs have waited for a processor for `total` seconds since its start."""
        if total is None:
            self.pressure = None
            return
        self._waited.append((now, total))
        while len(self._waited) > 2 and now - self._waited[1][0] >= CROWDED_OVER:
            self._waited.popleft()
        since, before = self._waited[0]
        self.pressure = (total - before) / (now - since) if now > since else 1.0

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


def waited_for_a_processor() -> float | None:
    """Seconds for which some program waited for a processor since the kernel's start; None where it does not
    say.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(PRESSURE.read_text().splitlines()[0].rpartition("total=")[2]) / 1e6
    return None


class Pressure(threading.Thread):
    """Feeds an `Admission`, and calls `ask_again` when a run that was refused may begin. `running` counts the
    runs of this host.
    """

    def __init__(self, admission: Admission, ended: threading.Event, ask_again: Callable[[], object]) -> None:
        super().__init__(name="pressure", daemon=True)
        self._admission, self._ended, self._ask_again = admission, ended, ask_again
        self.running = 0

    def run(self) -> None:
        while True:
            due = time.monotonic() + EVERY
            if self._ended.wait(EVERY):
                return
            now = time.monotonic()
            self._admission.note(now - due, now, self.running)
            self._admission.waited(waited_for_a_processor(), now)
            if self._admission.refused and self._admission.admits(self.running, now):
                self._admission.refused -= 1
                self._ask_again()
