"""Pushes messages into the broker until it refuses them."""

from sandbox.tests.abuse.harness import workers

FAMILY = "broker flood"
REQUEST = workers(
    """
import os, bench, redis
broker = redis.Redis.from_url(os.environ["REDIS_URL"])
refused = ""
try:
    while True:
        pipe = broker.pipeline()
        for _ in range(50):
            pipe.publish("/0.celeryev/worker.heartbeat", b"x" * 10_000)
            pipe.rpush("celery", b"no message at all" * 4000)
        pipe.execute()
except redis.RedisError as error:
    refused = str(error)
bench.mark("found", refused=refused[:200])
"""
)
ENDS = {"finished", "over_limit"}
SAYS = ("", "of memory")


def contained(seen) -> None:
    assert seen.ran.outcome != "finished" or "maxmemory" in seen.found["refused"]
