"""A worker's module reports tasks while it is imported, before the worker can have executed any."""

from sandbox.tests.abuse.harness import workers

FAMILY = "events before the lane is up"
REQUEST = workers(
    "import bench\nbench.wait_for('lane-up', lane='worker-1', deadline=30)\nbench.pause(0.2)\n",
    """
import json, time, bench
if bench._channel is not None:
    for kind in ("task-received", "task-started", "task-succeeded"):
        note = {"kind": kind, "task": "early-1", "name": "shop.add", "at": time.monotonic(), "data": {}}
        bench._channel._socket.send(json.dumps(note).encode())
""",
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    early = [event for event in seen.ran.events if event.get("task") == "early-1"]
    assert early, "nothing was told"
    assert all(event["data"].get("forged") for event in early), early
