"""How much of the machine the suite had: it judges a delay without needing an idle machine.

A delay that an attack causes is harm; one that other programs cause is not. Other programs leave the suite a
part of the machine's processor time. A delay is judged by the seconds that it would have been on a machine of
our own: its length times that part. On an idle machine the part is 1, and nothing is excused.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
USED = (1, 2, 3, 6, 7, 8)
"""Fields of /proc/stat's first line: user, nice, system, irq, softirq, and steal (what the host took)."""


def used_by_all() -> float:
    """Processor seconds that all programs have used since the machine started."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()
    return sum(int(fields[place]) for place in USED) / TICK


def used_by(pids: Iterable[int]) -> float:
    """Processor seconds of these processes and of their children that have ended."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return total / TICK


class Share:
    """Measures from now on; `ours` gives the processes that are the suite's own."""

    def __init__(self, ours: Callable[[], Iterable[int]]) -> None:
        self._ours = ours
        self._at, self._all, self._own = time.monotonic(), used_by_all(), used_by(ours())

    def left(self) -> float:
        """The part of the machine's processor time, above 0 and at most 1, that others did not use."""
        have = (os.cpu_count() or 1) * max(0.1, time.monotonic() - self._at)
        others = (used_by_all() - self._all) - (used_by(self._ours()) - self._own)
        return left_by(others, have)


def left_by(others: float, have: float) -> float:
    """The part that is left of `have` processor seconds when other programs used `others` of them."""
    return min(1.0, max(0.01, 1 - others / have))
