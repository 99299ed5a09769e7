"""Could a busy machine explain that a check failed? The supervisor in the jail measured how busy it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NOTICEABLE = 0.04
"""Seconds of lateness below which the machine explains nothing."""
STEPS = 10
"""A response or a task passes through about this many processes and threads that have to be scheduled, each
as late as the supervisor's timer at its worst.
"""
LOADED = 0.5
"""The share of the run in which something waited for a core above which half of that lateness is enough."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """Of one run: in seconds the `worst` lateness of the supervisor's timer and the `total`; `pressure` is
    the share of the run in which something waited for a core, None where the kernel does not tell.
    """

    worst: float = 0.0
    total: float = 0.0
    pressure: float | None = None

    @classmethod
    def from_json(cls, raw: Any) -> Lateness:
        """No lateness, where a warden of another version does not send it."""
        if not isinstance(raw, dict):
            return cls()
        return cls(float(raw.get("worst") or 0), float(raw.get("total") or 0), raw.get("pressure"))

    def explains(self, late_by: float | None) -> bool:
        """Could this have made something late by so many seconds? None: by an unknown number of seconds."""
        enough = NOTICEABLE / 2 if (self.pressure or 0.0) >= LOADED else NOTICEABLE
        if self.worst < enough:
            return False
        return late_by is None or late_by <= STEPS * self.worst + self.total

    def __str__(self) -> str:
        words = f"a timer in this run was up to {self.worst:.2f} s late, {self.total:.1f} s in all"
        if self.pressure is None:
            return words
        return f"{words}, and something waited for a core {self.pressure:.0%} of the time"
