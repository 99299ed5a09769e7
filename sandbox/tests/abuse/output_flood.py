"""Prints without end."""

from sandbox.tests.abuse.harness import program

FAMILY = "output flood"
REQUEST = program("""
import os
while True:
    os.write(1, b'x' * 65536)
""")
ENDS = {"over_limit"}
SAYS = "printed more than 16 MiB"
