"""Stops itself; the wall limit must still apply."""

from sandbox.tests.abuse.harness import program

FAMILY = "stop of itself"
REQUEST = program(
    """
import os, signal
os.kill(os.getpid(), signal.SIGSTOP)
""",
    wall=2.0,
)
ENDS = {"timed_out"}
SAYS = "longer than 2 s"
