"""A fork bomb: every process forks as fast as it can. Memory for the processes may run out before their number does."""

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
