"""Runs an endless script in the broker; the supervisor's sampler must not wait for it."""

from sandbox.tests.abuse.harness import workers

FAMILY = "endless script in the broker"
REQUEST = workers(
    """
import os, threading, bench, redis
broker = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=1)
def spin():
    try:
        broker.eval("while true do end", 0)
    except redis.RedisError:
        pass
bench.wait_for("lane-up", lane="worker-1", deadline=30)  # a worker that finds a busy broker does not start
threading.Thread(target=spin).start()
for _ in range(3):
    bench.pause(0.4)
bench.mark("after")
"""
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.ran.of("mark", text="after")
