"""Sends events in an impossible order: an end without a start, a start without a receipt, times of the future
and the past.
"""

from sandbox.tests.abuse.harness import workers

FAMILY = "events out of order"
REQUEST = workers(
    """
import bench, tasks
bench.wait_for("lane-up", lane="worker-1", deadline=30)
tasks.forge.delay()
bench.wait_for("task-succeeded", name="forge", deadline=30)
""",
    """
import json, time, bench
@app.task
def forge():
    send = bench._channel._socket.send
    now = time.monotonic()
    for kind, task, at in (
        ("task-succeeded", "never-started", now),
        ("task-retried", "never-started", now),
        ("task-started", "never-received", now),
        ("task-received", "in-the-future", now + 100),
        ("task-received", "in-the-past", now - 1000),
    ):
        send(json.dumps({"kind": kind, "task": task, "name": "shop.add", "at": at, "data": {}}).encode())
""",
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    for task in ("never-started", "never-received", "in-the-future", "in-the-past"):
        told = [event for event in seen.ran.events if event.get("task") == task]
        assert told, task
        assert all(event["data"].get("forged") for event in told), told
    honest = seen.ran.of("task-succeeded", name="forge")
    assert len(honest) == 1
    assert "forged" not in honest[0]["data"]
