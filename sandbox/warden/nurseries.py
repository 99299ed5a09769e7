"""The nurseries of a warden: one for each environment, renewed in time, and done without where they fail."""

from __future__ import annotations

import selectors
import time
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.warden.environments import Environment
from sandbox.warden.jails.nursery import Nursery
from sandbox.warden.jails.settings import JailSettings

MOST_MISSES = 3
"""Failures in a row after which an environment does without, if no jail has come from a nursery before."""
PAUSE, LONGEST_PAUSE = 5.0, 60.0
"""Seconds without a nursery after a failure, for each failure in a row, and the most of them. Meanwhile jails
warm up by themselves.
"""
FULL_SHARE_AFTER, LONGEST_WARMING = 3.0, 60.0
"""Seconds after which a successor no longer gets only idle processor time, and that any nursery has."""
WORKS = "jails are forked from a warm interpreter"


@dataclass
class _Place:
    """One environment: the nursery that serves it, and the one that warms up to replace it."""

    env: Environment
    serving: Nursery | None = None
    coming: Nursery | None = None
    misses: int = 0
    next_try: float = 0.0
    next_start: float = 0.0
    why: str = ""
    has_worked: bool = False

    def may_start(self, now: float) -> bool:
        """Is it time for a new nursery?"""
        return now >= self.next_start and not self.is_given_up

    @property
    def is_given_up(self) -> bool:
        return self.misses >= MOST_MISSES and not self.has_worked


class Nurseries:
    """Keeps the nurseries. `selector` is that of the warden's loop."""

    def __init__(
        self, settings: JailSettings, environments: Iterable[Environment], selector: selectors.BaseSelector
    ) -> None:
        self._settings, self._selector = settings, selector
        self._places = {env.name: _Place(env) for env in environments}
        self._ending: list[Nursery] = []

    def of(self, environment: str) -> Nursery | None:
        """The warm nursery of this environment; None where there is none at present."""
        place = self._places[environment]
        return place.serving if time.monotonic() >= place.next_try else None

    def is_awaited(self, environment: str) -> bool:
        """Will a nursery be warm soon, so that no jail should warm up by itself?"""
        place = self._places[environment]
        return place.serving is None and place.coming is not None and not place.misses

    def words(self) -> str:
        """How jails are started, for the status."""
        if not self._settings.has_zygotes:
            return "each jail warms up by itself (zygotes are switched off)"
        without = [f"{name}: {place.why}" for name, place in self._places.items() if place.misses]
        return f"each jail warms up by itself ({'; '.join(without)})" if without else WORKS

    def tend(self) -> None:
        """Start nurseries that are missing or worn, end one that takes too long, and collect those that have
        ended.
        """
        now = time.monotonic()
        for place in self._places.values() if self._settings.has_zygotes else ():
            if (coming := place.coming) is not None:
                if now - coming.made_at > LONGEST_WARMING:
                    self._end(coming)
                    self._did_not_come(place, "it did not warm up in time")
                elif now - coming.made_at > FULL_SHARE_AFTER:
                    coming.raise_share()
            elif (place.serving is None or place.serving.is_worn) and place.may_start(now):
                self._start(place)
        self._ending = [nursery for nursery in self._ending if not nursery.clean_up()]

    def succeeded(self, nursery: Nursery) -> None:
        """A jail that this one was asked for is warm."""
        place = self._places[nursery.environment]
        place.misses, place.has_worked, nursery.has_served = 0, True, True

    def missed(self, nursery: Nursery, why: str, *, is_stuck: bool) -> None:
        """A jail that this one was asked for has ended while it was made. One that is stuck is replaced."""
        place = self._places[nursery.environment]
        if nursery is not place.serving:
            return  # it has been replaced already
        self._miss(place, why)
        if is_stuck or place.is_given_up:
            self._end(nursery)

    def close(self) -> None:
        """End all nurseries."""
        for place in self._places.values():
            for nursery in (place.serving, place.coming):
                if nursery is not None:
                    self._end(nursery)

    def _start(self, place: _Place) -> None:
        try:
            nursery = Nursery(self._settings, place.env, is_urgent=place.serving is None)
        except OSError as error:
            self._did_not_come(place, f"it could not be made ({error.strerror or error})")
            return
        try:
            nursery.start()
        except OSError as error:
            nursery.kill()
            self._ending.append(nursery)
            self._did_not_come(place, f"it could not be started ({error.strerror or error})")
            return
        place.coming = nursery
        self._selector.register(nursery, selectors.EVENT_READ, lambda: self._hear(place, nursery))

    def _hear(self, place: _Place, nursery: Nursery) -> None:
        if not nursery.hear():
            self._end(nursery)
            if not nursery.has_served:  # or else one that ends after each start would start for ever
                self._did_not_come(place, nursery.last_words() or "it ended before it had served a jail")
        elif nursery is place.coming and nursery.is_warm:
            if place.serving is not None:
                self._end(place.serving, at_once=False)
            place.serving, place.coming = nursery, None

    def _did_not_come(self, place: _Place, why: str) -> None:
        """A nursery did not become warm. Where another still serves, the next attempt is only put off."""
        place.next_start = time.monotonic() + LONGEST_PAUSE
        if place.serving is None:
            self._miss(place, why)
            place.next_start = place.next_try

    def _miss(self, place: _Place, why: str) -> None:
        place.misses, place.why = place.misses + 1, why
        place.next_try = time.monotonic() + min(LONGEST_PAUSE, PAUSE * place.misses)

    def _end(self, nursery: Nursery, *, at_once: bool = True) -> None:
        place = self._places[nursery.environment]
        self._selector.unregister(nursery)
        if nursery is place.serving:
            place.serving = None
        elif nursery is place.coming:
            place.coming = None
        if at_once:
            nursery.kill()
        else:
            nursery.retire()
        self._ending.append(nursery)
