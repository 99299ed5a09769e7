"""Jails that were killed and have not ended yet."""

from __future__ import annotations

import time

from sandbox.warden.jails.jail import PATIENCE, Jail

LONGEST_DYING = 1.0
"""Seconds after which nobody waits for a jail: a process in the kernel can hold it up."""


class DyingJails:
    """False when there is none."""

    def __init__(self) -> None:
        self._since: dict[Jail, float] = {}

    def __bool__(self) -> bool:
        return bool(self._since)

    def add(self, jail: Jail) -> None:
        """A jail was killed. May be called again."""
        self._since.setdefault(jail, time.monotonic())

    def reap(self) -> list[Jail]:
        """Clean up the jails that have ended and return them; kill again those that take too long to end."""
        ended = [jail for jail in self._since if jail.has_ended() and jail.clean_up()]
        for jail in ended:
            del self._since[jail]
        for jail, since in self._since.items():
            if time.monotonic() - since > PATIENCE:
                jail.kill()
        return ended

    def is_overdue(self, jail: Jail) -> bool:
        """Has it been dying for so long that its run ends without it?"""
        return jail in self._since and time.monotonic() - self._since[jail] > LONGEST_DYING
