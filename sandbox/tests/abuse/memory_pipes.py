"""Fills as many pipes as it may open, in many processes: their pages belong to no process. By themselves they
stay below the run's bound, so one process adds memory of its own.
"""

from sandbox.tests.abuse.harness import program

FAMILY = "memory in pipes"
REQUEST = program("""
import os, time

def work():
    kept = []
    try:
        while True:
            kept.append(os.pipe())
            os.set_blocking(kept[-1][1], False)
            os.write(kept[-1][1], b"x" * 65536)
    except OSError:
        time.sleep(60)

for _ in range(100):
    if os.fork() == 0:
        work()
held = bytearray(150 << 20)
held[::4096] = b"x" * len(held[::4096])
time.sleep(60)
""")
ENDS = {"over_limit"}
SAYS = "more than 320 MiB of memory"
