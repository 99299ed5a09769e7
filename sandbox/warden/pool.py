"""The warm jails, a few of each environment, each for one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.warden.environments import Environment
from sandbox.warden.jail import Jail, Stage, Workshop

WARMING_AT_ONCE = 2
PAUSE_AFTER_RUN = 0.1
"""Seconds for which a fresh run has the processor to itself before the pool is filled again."""
HURRY_AFTER = 3.0
"""Seconds for which a jail warms with what the processor has to spare."""
LONGEST_WARMING = 30.0
PATIENCE = (0.0, 0.5, 2.0, 5.0, 15.0)
"""Seconds until the next try after so many failures in a row."""


@dataclass
class Shelf:
    """The jails of one environment."""

    env: Environment
    wanted: int
    jails: list[Jail] = field(default_factory=list)
    failures: int = 0
    next_try: float = 0.0
    said: str = ""

    @property
    def ready(self) -> list[Jail]:
        return [jail for jail in self.jails if jail.stage is Stage.READY]

    @property
    def warming(self) -> int:
        return sum(jail.stage is Stage.WARMING for jail in self.jails)


class Pool:
    """Keeps every shelf full. `welcome` is called with each new jail so that it is listened to."""

    def __init__(self, workshop: Workshop, size: int, welcome: Callable[[Jail], None]) -> None:
        environments = list(workshop.ground.environments.values())
        self._workshop, self._welcome = workshop, welcome
        self.size = size
        # The first environment is the one that nearly every lab names; of the others one jail is kept.
        self.shelves = {
            env.name: Shelf(env, size if place == 0 else min(1, size)) for place, env in enumerate(environments)
        }
        self._quiet_until = 0.0

    def take(self, environment: str) -> Jail | None:
        """A warm jail of this environment, the oldest first; None if none is ready."""
        shelf = self.shelves[environment]
        if not shelf.ready:
            return None
        jail = shelf.ready[0]
        shelf.jails.remove(jail)
        jail.hurry()
        self._quiet_until = time.monotonic() + PAUSE_AFTER_RUN
        return jail

    def fill(self, waiting: dict[str, int]) -> None:
        """Start the jails that are missing; `waiting` counts the runs that have none, by environment."""
        now = time.monotonic()
        if now < self._quiet_until and not waiting:
            return
        for shelf in self.shelves.values():
            self._hurry(shelf, is_short=bool(waiting.get(shelf.env.name)) or 2 * len(shelf.ready) < shelf.wanted)
            wanted = max(shelf.wanted, waiting.get(shelf.env.name, 0))
            while len(shelf.jails) < wanted and now >= shelf.next_try and self._warming < WARMING_AT_ONCE:
                try:
                    jail = Jail(self._workshop, shelf.env)
                except OSError as error:
                    self._failed(shelf, f"a jail could not be started ({error.strerror or error})")
                    break
                shelf.jails.append(jail)
                self._welcome(jail)

    def _hurry(self, shelf: Shelf, *, is_short: bool) -> None:
        """Jails warm with what the processor has to spare, unless the shelf is short of them or they take too long."""
        now = time.monotonic()
        for jail in shelf.jails:
            if jail.stage is Stage.WARMING and (is_short or now - jail.born > HURRY_AFTER):
                jail.hurry()

    def is_ready(self, jail: Jail) -> None:
        """The jail said that it is warm."""
        jail.stage = Stage.READY
        self.shelves[jail.environment].failures = 0

    def lost(self, jail: Jail) -> None:
        """A jail of the pool ended by itself."""
        shelf = self.shelves[jail.environment]
        if jail in shelf.jails:
            shelf.jails.remove(jail)
            self._failed(
                shelf,
                jail.said.strip().splitlines()[-1][:200] if jail.said.strip() else "a jail ended while it was made",
            )

    def too_slow(self) -> list[Jail]:
        """Jails that have been warming for too long; they are stuck."""
        now = time.monotonic()
        return [jail for shelf in self.shelves.values() for jail in shelf.jails if _is_stuck(jail, now)]

    def trouble(self, environment: str) -> str | None:
        """Why no jail of this environment can be had at present, None if there is hope."""
        shelf = self.shelves[environment]
        return shelf.said if shelf.failures >= len(PATIENCE) - 1 else None

    @property
    def warm(self) -> int:
        """Jails that are ready."""
        return sum(len(shelf.ready) for shelf in self.shelves.values())

    @property
    def _warming(self) -> int:
        return sum(shelf.warming for shelf in self.shelves.values())

    def _failed(self, shelf: Shelf, said: str) -> None:
        shelf.failures, shelf.said = shelf.failures + 1, said
        shelf.next_try = time.monotonic() + PATIENCE[min(shelf.failures, len(PATIENCE) - 1)]


def _is_stuck(jail: Jail, now: float) -> bool:
    return jail.stage is Stage.WARMING and now - jail.born > LONGEST_WARMING
