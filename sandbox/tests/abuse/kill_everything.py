"""Kills every visible process."""

from sandbox.tests.abuse.harness import program

FAMILY = "kill of everything"
REQUEST = program("""
import os, signal, time
os.kill(-1, signal.SIGKILL)
time.sleep(60)
""")
ENDS = {"error"}
SAYS = "supervisor in the jail was ended"
