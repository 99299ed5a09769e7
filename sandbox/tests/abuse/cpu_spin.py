"""Keeps all processors busy for ever."""

from sandbox.tests.abuse.harness import program

FAMILY = "cpu spin"
REQUEST = program(
    "import os\nfor _ in range(3):\n    os.fork()\n"
    "bench.mark('found', **{str(os.getpid()): 1})\nwhile True:\n    pass\n",
    wall=3.0,
)
ENDS = {"timed_out"}
SAYS = "longer than 3 s"


def contained(seen) -> None:
    assert len([name for name in seen.found if name.isdigit()]) == 8, "not every process began to spin"
