"""Allocates, in many processes each, a little less memory than one may have."""

from sandbox.tests.abuse.harness import program

FAMILY = "memory bomb, many processes"
REQUEST = program("""
import os, time
for _ in range(6):
    if os.fork() == 0:
        break
kept = []
for _ in range(20):
    kept.append(bytearray(b'x' * (8 << 20)))
    time.sleep(0.02)
time.sleep(60)
""")
ENDS = {"over_limit"}
SAYS = "more than 320 MiB of memory"
