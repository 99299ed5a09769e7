"""Forks as fast as possible in every process. Memory may run out before the number of processes does."""

from sandbox.tests.abuse.harness import program

FAMILY = "fork bomb"
REQUEST = program("""
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
""")
ENDS = {"over_limit", "timed_out"}
SAYS = ("too many processes", "of memory", "longer than 6 s")
