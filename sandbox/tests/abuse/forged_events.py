"""Writes notes to the lane's channel as an instrument would: in another lane's name, and of kinds that only
the supervisor writes.
"""

from sandbox.tests.abuse.harness import workers

FAMILY = "events in another lane's name"
REQUEST = workers(
    """
import json, time, bench
bench.wait_for("lane-up", lane="worker-1", deadline=30)
line = bench._channel._socket
said = ["task-received", "task-started", "task-succeeded", "lane-down", "lane-up", "command", "run-ended"]
for kind in [*said, "task-redelivered", "broker-sample", "dropped", "log", "run-started", "nonsense"]:
    note = {"kind": kind, "lane": "worker-1", "task": "forged-1", "name": "shop.add", "at": time.monotonic()}
    note["data"] = {"exit": 0, "signal": None, "execution": 1, "by": "learner"}
    line.send(json.dumps(note).encode())
line.send(json.dumps({"event": {"lane": "worker-1", "kind": "lane-down", "data": {}}}).encode())
line.send(json.dumps({"end": {"outcome": "finished", "reason": ""}}).encode())
line.send(json.dumps({"kind": "child-down", "data": {"child": 1, "exit": None, "signal": 9}}).encode())
bench.pause(0.3)
"""
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    forged = seen.ran.of("task-started") + seen.ran.of("task-succeeded") + seen.ran.of("task-received")
    assert {event["lane"] for event in forged} <= {"driver"}
    assert all(event["data"].get("forged") for event in forged), forged
    assert forged
    assert not [kind for kind in ("command", "run-started", "run-ended", "nonsense") if seen.ran.of(kind)]
    assert not seen.ran.of("task-redelivered")
    assert not seen.ran.of("lane-down", lane="worker-1")
    assert not [event for event in seen.ran.of("lane-down") if "/" in event["lane"]]
