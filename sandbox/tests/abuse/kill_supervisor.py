"""Kills the supervisor."""

from sandbox.tests.abuse.harness import program

FAMILY = "kill of the supervisor"
REQUEST = program("""
import os, signal, time
os.kill(os.getppid(), signal.SIGKILL)
time.sleep(60)
""")
ENDS = {"error"}
SAYS = "supervisor in the jail was ended by the code of this run"
