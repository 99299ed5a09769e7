"""The warm jails: a few for each environment, each for one run."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.warden.environments import Environment
from sandbox.warden.jails.jail import Jail, JailState
from sandbox.warden.jails.settings import JailSettings
from sandbox.warden.nurseries import Nurseries

WARMING_AT_ONCE = 2
PAUSE_AFTER_RUN = 0.1
"""Seconds after a run began in which no new jail is started, so that the run gets the processor."""
FULL_SHARE_AFTER = 3.0
"""Seconds after which a jail that still warms gets a full share of the processor."""
LONGEST_WARMING, LONGEST_ENTRY = 30.0, 10.0
"""Seconds for a jail that warms up by itself, and for one that a zygote enters."""
PATIENCE = (0.0, 0.5, 2.0, 5.0, 15.0)
"""Seconds until the next try, by the number of failures in a row."""


@dataclass
class EnvironmentJails:
    """The jails of one environment."""

    env: Environment
    wanted: int
    jails: list[Jail] = field(default_factory=list)
    failures: int = 0
    next_try: float = 0.0
    last_error: str = ""

    @property
    def ready(self) -> list[Jail]:
        return [jail for jail in self.jails if jail.state is JailState.READY]

    @property
    def warming(self) -> int:
        return sum(jail.state is JailState.WARMING for jail in self.jails)


class Pool:
    """Keeps the wanted number of warm jails for each environment. `on_new` is called with each new jail, so
    that the warden's loop reads from it.
    """

    def __init__(
        self,
        settings: JailSettings,
        size: int,
        on_new: Callable[[Jail], None],
        selector: selectors.BaseSelector,
    ) -> None:
        environments = list(settings.layout.environments.values())
        self.nurseries = Nurseries(settings, environments, selector)
        self._settings, self._on_new = settings, on_new
        self.size = size
        # Nearly every lab names the first environment; one jail is enough for each of the others.
        self.by_environment = {
            env.name: EnvironmentJails(env, size if place == 0 else min(1, size))
            for place, env in enumerate(environments)
        }
        self._quiet_until = 0.0

    def take(self, environment: str) -> Jail | None:
        """Remove and return the oldest warm jail of this environment; None if none is ready."""
        group = self.by_environment[environment]
        if not group.ready:
            return None
        jail = group.ready[0]
        group.jails.remove(jail)
        jail.raise_share()
        # The replacement waits a little: to warm it costs the processor time that the run now wants.
        self._quiet_until = time.monotonic() + PAUSE_AFTER_RUN
        return jail

    def fill(self, waiting: dict[str, int]) -> None:
        """Start the jails that are missing. `waiting` is the number of runs without a jail, by
        environment.
        """
        self.nurseries.tend()
        now = time.monotonic()
        if now < self._quiet_until and not waiting:
            return
        for group in self.by_environment.values():
            is_short = bool(waiting.get(group.env.name)) or 2 * len(group.ready) < group.wanted
            self._raise_shares(group, is_short=is_short)
            wanted = max(group.wanted, waiting.get(group.env.name, 0))
            while len(group.jails) < wanted and now >= group.next_try and self._warming < WARMING_AT_ONCE:
                nursery = self.nurseries.of(group.env.name)
                if nursery is None and self.nurseries.is_awaited(group.env.name):
                    break
                try:
                    jail = Jail(self._settings, group.env, nursery)
                except OSError as error:
                    why = f"a jail could not be started ({error.strerror or error})"
                    self._failed(group, why)
                    if nursery is not None:
                        self.nurseries.missed(nursery, why, is_stuck=False)
                    break
                group.jails.append(jail)
                self._on_new(jail)

    def _raise_shares(self, group: EnvironmentJails, *, is_short: bool) -> None:
        """Warming jails get only idle processor time, unless the group is short of jails or they take too
        long.
        """
        now = time.monotonic()
        for jail in group.jails:
            if jail.state is JailState.WARMING and (is_short or now - jail.created_at > FULL_SHARE_AFTER):
                jail.raise_share()

    def became_ready(self, jail: Jail) -> None:
        """The jail has reported that it is warm."""
        jail.state = JailState.READY
        if jail.nursery is not None:
            self.nurseries.succeeded(jail.nursery)
        self.by_environment[jail.environment].failures = 0

    def lost(self, jail: Jail) -> None:
        """A jail of the pool ended without being told to."""
        group = self.by_environment[jail.environment]
        if jail in group.jails:
            group.jails.remove(jail)
            lines = jail.error_output.strip().splitlines()
            error = lines[-1][:200] if lines else "a jail ended while it was made"
            self._failed(group, error)
            if jail.nursery is not None and jail.state is JailState.WARMING:
                self.nurseries.missed(jail.nursery, error, is_stuck=_is_stuck(jail, time.monotonic()))

    def too_slow(self) -> list[Jail]:
        """Jails that have been warming for too long."""
        now = time.monotonic()
        return [
            jail for group in self.by_environment.values() for jail in group.jails if _is_stuck(jail, now)
        ]

    def failure(self, environment: str) -> str | None:
        """Why jails of this environment fail; None until several have failed in a row."""
        group = self.by_environment[environment]
        return group.last_error if group.failures >= len(PATIENCE) - 1 else None

    @property
    def warm(self) -> int:
        """Jails that are ready."""
        return sum(len(group.ready) for group in self.by_environment.values())

    @property
    def _warming(self) -> int:
        return sum(group.warming for group in self.by_environment.values())

    def _failed(self, group: EnvironmentJails, error: str) -> None:
        group.failures, group.last_error = group.failures + 1, error
        group.next_try = time.monotonic() + PATIENCE[min(group.failures, len(PATIENCE) - 1)]


def _is_stuck(jail: Jail, now: float) -> bool:
    longest = LONGEST_WARMING if jail.nursery is None else LONGEST_ENTRY
    return jail.state is JailState.WARMING and now - jail.created_at > longest
