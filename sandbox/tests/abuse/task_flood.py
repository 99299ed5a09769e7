"""Sends far more tasks than a trace has room for; what is dropped is counted, and the run goes on
to its end.
"""

from sandbox.tests.abuse.harness import workers

FAMILY = "task flood"
REQUEST = workers(
    """
import bench, tasks
bench.wait_for("lane-up", lane="worker-1", deadline=30)
for number in range(1500):
    tasks.add.delay(number, 1)
bench.wait_until_quiet(deadline=20)
""",
    wall=25.0,
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.ran.of("dropped")
    assert seen.ran.of("task-succeeded")
