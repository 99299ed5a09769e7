"""A cache for the counters of rate limits: Redis while it answers, this process's memory while it does not.

Nobody shall be kept from logging in because Redis is down, and nobody shall guess passwords without limit meanwhile.
While it is down each web process counts alone, so a limit is that many times higher.
"""

from __future__ import annotations

import logging
import time
from typing import Any, ClassVar

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError, TimeoutError

log = logging.getLogger(__name__)
PAUSE = 5.0  # seconds until Redis is asked again, so that a hanging server does not slow every request
MOST_COUNTERS = 20_000


class SteadyCache(RedisCache):
    """`django.core.cache.backends.redis.RedisCache` with a spare."""

    away_until: ClassVar[float] = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._spare = LocMemCache("steady", {**params, "OPTIONS": {"MAX_ENTRIES": MOST_COUNTERS}})

    def _ask(self, verb: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= SteadyCache.away_until:
            try:
                return getattr(super(), verb)(*args, **kwargs)
            except (ConnectionError, TimeoutError) as problem:
                SteadyCache.away_until = time.monotonic() + PAUSE
                log.warning("Redis does not answer (%s); rate limits are counted in this process", problem)
        return getattr(self._spare, verb)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("has_key", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("incr", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get_many", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete_many", *args, **kwargs)

    def clear(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("clear", *args, **kwargs)
