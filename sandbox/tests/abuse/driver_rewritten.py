"""A worker overwrites the driver's file, and adds modules beside it, before the driver's lane has
read them.
"""

from sandbox.tests.abuse.harness import workers

FAMILY = "the driver's file written over"
TASKS = """
import pathlib
for place in ("driver.py", "told.py", "statistics.py"):
    pathlib.Path("/lab", place).write_text("import bench\\nbench.mark('told by another lane')\\n")
"""
REQUEST = workers(
    """
import statistics, told
bench.wait_for("lane-up", lane="worker-1", deadline=30)
from pathlib import Path
written = "told by another" in Path("/lab/driver.py").read_text()
bench.mark("found", told=told.WORD, mean=statistics.mean([1, 3]), written=written)
""",
    tasks=TASKS,
)
REQUEST.files["told.py"] = "WORD = 'by the lab'\n"
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.found["written"]
    assert (seen.found["told"], seen.found["mean"]) == ("by the lab", 2)
    assert not seen.ran.of("mark", text="told by another lane")
