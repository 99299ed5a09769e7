"""Stops the supervisor, so that it sends nothing."""

from sandbox.tests.abuse.harness import program

FAMILY = "stop of the supervisor"
REQUEST = program(
    """
import os, signal, time
os.kill(os.getppid(), signal.SIGSTOP)
time.sleep(60)
""",
    wall=20.0,
)
ENDS = {"error"}
SAYS = "supervisor in the jail was stopped by the code of this run"
