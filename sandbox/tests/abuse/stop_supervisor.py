"""The supervisor inside is stopped, so that it can say nothing any more."""

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
