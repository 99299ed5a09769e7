"""Connections to Redis or Valkey, one pool a process and address."""

from __future__ import annotations

import functools

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

ANSWER_WITHIN = 2.0
"""Seconds: nothing that is asked here takes longer than a few milliseconds."""

Unreachable = (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError, redis.ReadOnlyError)
"""What a server that is away, stopped or starting makes a call raise."""


def connection() -> redis.Redis:
    """The process's client, safe for threads; a connection that broke is replaced once, at once."""
    return _client(settings.REDIS_URL)


@functools.lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=ANSWER_WITHIN,
        socket_connect_timeout=1.0,
        retry=Retry(NoBackoff(), 1),
    )


def listener() -> redis.Redis:
    """A client of its own for calls that block for longer than `ANSWER_WITHIN`."""
    return redis.Redis.from_url(
        settings.REDIS_URL, decode_responses=True, socket_timeout=None, retry=Retry(NoBackoff(), 0)
    )
