"""How often something may happen within a time: counted for a learner or an address, in all processes
together.

The counters are in the default cache. While it is down, each process counts alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.core.cache import cache


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `most` within a window of `seconds`. Windows begin at whole multiples of their length."""

    name: str
    most: int
    seconds: int

    def take(self, who: str, amount: int = 1) -> bool:
        """Whether `who` had that much left; it is gone now in any case."""
        key = f"allowance:{self.name}:{who}:{int(time.time()) // self.seconds}"
        if cache.add(key, amount, self.seconds + 5):
            return amount <= self.most
        try:
            return int(cache.incr(key, amount)) <= self.most
        except ValueError:  # the window ended between the two calls
            return True

    @property
    def retry_after(self) -> int:
        """Seconds until the next window begins."""
        return self.seconds - int(time.time()) % self.seconds
