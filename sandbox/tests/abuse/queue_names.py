"""Makes hundreds of queues with names that are not text and are longer than a line."""

from sandbox.tests.abuse.harness import program

FAMILY = "strange queue names"
REQUEST = program(
    """
import os, bench, redis
broker = redis.Redis.from_url(os.environ["REDIS_URL"])
for number in range(300):
    broker.lpush(b"\\xff\\n<b>" * 50 + str(number).encode(), "x")
for _ in range(3):
    bench.pause(0.4)
bench.mark("found", queues=broker.dbsize())
"""
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.found["queues"] >= 300
    assert max(len(event["data"]["depth"]) for event in seen.ran.of("broker-sample")) <= 20
