"""How busy the machine is: how late a timer of the supervisor fires, how long processes waited for a core.

A verdict that rests on time means little where both are high, and only the run itself can say how high they
were while it lasted.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

EVERY = 0.02
"""Seconds between two firings of the timer."""
GRAIN = 0.003
"""Seconds that a poll, which counts whole milliseconds, is late on an idle machine."""
REPORT_EVERY = 1.0
NOTICEABLE = 0.05
"""Seconds of lateness below which nothing is reported while the run lasts."""
PRESSURE = (Path("/sys/fs/cgroup/cpu.pressure"), Path("/proc/pressure/cpu"))
"""The kernel's account of the time in which something waited for a core: the jail's own, else the host's."""


class Lateness:
    """Of one run. All times are monotonic seconds."""

    def __init__(self) -> None:
        self.due = 0.0
        self._began = self._reported_at = time.monotonic()
        self._worst = self._total = self._recent = 0.0
        self._was_noticeable = False
        self._source, self._pressure_began = _source()

    def begin(self, now: float) -> None:
        """The run begins."""
        self._began = self._reported_at = now
        self.due = now + EVERY
        self._worst = self._total = self._recent = 0.0
        self._source, self._pressure_began = _source()

    def fired(self, waited_since: float, now: float) -> dict[str, Any] | None:
        """The poll that began to wait at `waited_since` has returned. Returns the data of a `lateness` event
        where one is due. What the supervisor did before it waited does not count: that was work.
        """
        if now < self.due:
            return None
        late = max(0.0, now - max(self.due, waited_since) - GRAIN)
        self.due = now + EVERY
        self._total += late
        self._worst, self._recent = max(self._worst, late), max(self._recent, late)
        if now - self._reported_at < REPORT_EVERY:
            return None
        recent, self._recent, self._reported_at = self._recent, 0.0, now
        was_noticeable, self._was_noticeable = self._was_noticeable, recent >= NOTICEABLE
        # The end of a busy time is reported too, once.
        return {"worst": round(recent, 3)} if was_noticeable or self._was_noticeable else None

    def summary(self) -> dict[str, float | None]:
        """Of the run so far, in seconds the `worst` lateness and the `total` of all, and as a share of the
        time `pressure`; None where the kernel does not tell.
        """
        seconds = max(time.monotonic() - self._began, 0.001)
        waited = _pressure(self._source) - self._pressure_began if self._source else None
        share = None if waited is None else round(min(1.0, max(0.0, waited / seconds)), 3)
        return {"worst": round(self._worst, 3), "total": round(self._total, 3), "pressure": share}


def _source() -> tuple[Path | None, float]:
    """The first file that can be read, and its seconds now."""
    for path in PRESSURE:
        try:
            return path, _pressure(path)
        except (OSError, ValueError, IndexError):
            continue
    return None, 0.0


def _pressure(path: Path) -> float:
    """Seconds in which something waited. Raises `OSError`, `ValueError` or `IndexError`."""
    some = path.read_text().splitlines()[0]
    return int(some.rpartition("total=")[2]) / 1e6
