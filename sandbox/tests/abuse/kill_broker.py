"""Shuts down the run's own broker and has it write files and load modules."""

from sandbox.tests.abuse.harness import program

FAMILY = "kill of its own broker"
REQUEST = program(
    """
import os, bench, redis
broker = redis.Redis.from_url(os.environ["REDIS_URL"])
done = []
for words in (
    ("CONFIG", "SET", "dir", "/opt/venv"),
    ("CONFIG", "SET", "dir", bench.knob("state")),
    ("MODULE", "LOAD", "/lab/module.so"),
    ("DEBUG", "SEGFAULT"),
    ("REPLICAOF", "127.0.0.1", str(bench.knob("port"))),
):
    try:
        broker.execute_command(*words)
        done.append(words[0] + " " + words[-1])
    except redis.RedisError:
        pass
bench.pause(0.3)
try:
    broker.execute_command("SHUTDOWN", "NOSAVE", "FORCE")
except redis.RedisError:
    pass
bench.wait_for("lane-down", lane="broker", deadline=30)
bench.mark("found", done=done)
"""
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.ran.of("lane-down", lane="broker")
    assert all(done.startswith("REPLICAOF") for done in seen.found["done"]), seen.found["done"]
