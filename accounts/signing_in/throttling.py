"""A cache for the counters of rate limits: Redis, or the memory of this process while Redis is down.

When Redis is down, people can still log in and guessing passwords is still limited. Each web process then
counts alone, so the limit is multiplied by the number of processes.
"""

from __future__ import annotations

import logging
import time
from typing import Any, ClassVar

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError, TimeoutError

log = logging.getLogger(__name__)
PAUSE = 5.0  # seconds until the next attempt, so that a server that hangs does not slow down every request
MOST_COUNTERS = 20_000


class SteadyCache(RedisCache):
    """Django's RedisCache with a fallback in memory."""

    down_until: ClassVar[float] = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._fallback = LocMemCache("steady", {**params, "OPTIONS": {"MAX_ENTRIES": MOST_COUNTERS}})

    def _call(self, verb: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= SteadyCache.down_until:
            try:
                return getattr(super(), verb)(*args, **kwargs)
            except (ConnectionError, TimeoutError) as problem:
                SteadyCache.down_until = time.monotonic() + PAUSE
                log.warning("Redis does not answer (%s); rate limits are counted in this process", problem)
        return getattr(self._fallback, verb)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("delete", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("has_key", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("incr", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("get_many", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("delete_many", *args, **kwargs)

    def clear(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("clear", *args, **kwargs)
