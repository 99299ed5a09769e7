"""Responses that a stub holds until its driver releases them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sandbox.inside.processes.stub_responses import path_matches

LOOK_EVERY = 0.05
"""Seconds between two looks whether the caller of a held response still waits for it."""


class Holds:
    """The paths that are held, each with the event that ends its hold."""

    def __init__(self) -> None:
        self._ends: dict[str, asyncio.Event] = {}

    def hold(self, path: str) -> None:
        """Hold the responses to this path, a pattern as a route has."""
        self._ends.setdefault(path, asyncio.Event())

    def release(self, path: str | None) -> list[str]:
        """Release one path, or all (None). Returns the paths that were held."""
        released = [held for held in self._ends if path in (None, held)]
        for held in released:
            self._ends.pop(held).set()
        return released

    def on(self, path: str) -> asyncio.Event | None:
        """The event that ends the hold of this path; None if it is not held."""
        return next((end for held, end in self._ends.items() if path_matches(held, path)), None)

    async def until_released(
        self, path: str, end: asyncio.Event | None, is_gone: Callable[[], bool]
    ) -> dict[str, Any]:
        """Wait while the path is held and its caller waits. `end` is what `on` said when the call arrived,
        since when it may have been released. Returns what the call's event says of it: nothing, `held`, or
        `caller_gone` where nobody waited for the response any longer.
        """
        if (end := end or self.on(path)) is None:
            return {}
        while not end.is_set():
            if is_gone():
                return {"held": True, "caller_gone": True}
            try:
                await asyncio.wait_for(end.wait(), LOOK_EVERY)
            except TimeoutError:
                continue
        return {"held": True}
