"""Connections to Redis or Valkey, with a pool for each process and address."""

from __future__ import annotations

import functools

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

RESPOND_WITHIN = 2.0
"""Seconds to wait for a reply. Every command here takes only a few milliseconds."""

Unreachable = (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError, redis.ReadOnlyError)
"""What a call raises when the server is unreachable, stopped or starting."""


def connection() -> redis.Redis:
    """The client of this process, safe for threads. A broken connection is replaced once, immediately."""
    return _client(settings.REDIS_URL)


@functools.lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=RESPOND_WITHIN,
        socket_connect_timeout=1.0,
        retry=Retry(NoBackoff(), 1),
    )


def listener() -> redis.Redis:
    """A new client, for calls that block for longer than `RESPOND_WITHIN`."""
    return redis.Redis.from_url(
        settings.REDIS_URL, decode_responses=True, socket_timeout=None, retry=Retry(NoBackoff(), 0)
    )
