"""Allocates shared anonymous memory, which RLIMIT_DATA does not count."""

from sandbox.tests.abuse.harness import program

FAMILY = "shared memory"
REQUEST = program("""
import mmap, os, time
os.fork()
kept = []
while True:
    part = mmap.mmap(-1, 16 << 20)
    for place in range(0, len(part), 4096):
        part[place] = 1
    kept.append(part)
""")
ENDS = {"over_limit", "error"}
SAYS = ("MiB of memory", "memory")
