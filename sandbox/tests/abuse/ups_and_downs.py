"""A lane reports again and again that it is up, and the end of children that it never had: both use the
reserved share.
"""

from sandbox.tests.abuse.harness import TASKS, begun
from sandbox.tests.client import make_request, process

FAMILY = "a flood of ups and downs"
TOLD = """
import gc, json, os, threading
from sandbox.inside.channel import Channel

def speak():
    line = next(found for found in gc.get_objects() if isinstance(found, Channel))._socket
    for number in range(6000):
        line.send(json.dumps({"kind": "lane-up", "data": {"version": "again"}}).encode())
        down = {"child": 100_000 + number, "exit": "x" * 900, "signal": ["y"]}
        line.send(json.dumps({"kind": "child-down", "data": down}).encode())
    os.write(1, b"all said\\n")

threading.Timer(1.0, speak).start()
"""
REQUEST = make_request(
    {
        "tasks.py": TASKS + TOLD,
        "driver.py": begun("""
bench.wait_for("lane-up", lane="worker-1", deadline=30)
bench.wait_for("log", text="all said", deadline=30)
bench.command("kill", "worker-1")
bench.wait_for("lane-down", lane="worker-1", deadline=30)
"""),
    },
    process("worker-1", "celery-worker", pool="threads"),
    process("driver", "python"),
    wall=8.0,
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert len(seen.ran.of("lane-up", lane="worker-1")) == 1
    assert seen.ran.of("command", target="worker-1")
    assert seen.ran.of("lane-down", lane="worker-1", signal=9)
    children = seen.ran.of("lane-down", lane="worker-1/child")
    assert len(children) <= 1001
    assert all(event["data"]["exit"] is None and event["data"]["signal"] is None for event in children)
