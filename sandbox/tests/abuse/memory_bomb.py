"""Allocates memory without end in one process."""

from sandbox.tests.abuse.harness import program

FAMILY = "memory bomb, one process"
REQUEST = program("""
kept = []
while True:
    kept.append(bytearray(8 << 20))
""")
ENDS = {"over_limit", "error"}
SAYS = ("MiB of memory", "MemoryError")
