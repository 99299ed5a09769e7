"""The run's own broker is killed as a process: the run's end of it, and nobody else's."""

from sandbox.tests.abuse.harness import program

FAMILY = "kill of its broker's process"
REQUEST = program(
    """
import os, signal, bench
os.kill(3, signal.SIGKILL)
bench.wait_for("lane-down", lane="broker", deadline=3)
"""
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.ran.of("lane-down", lane="broker", signal=9)
