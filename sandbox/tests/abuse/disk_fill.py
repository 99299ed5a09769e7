"""Fills the disk, file by file."""

from sandbox.tests.abuse.harness import program

FAMILY = "disk fill"
FILL = """
import time
number = 0
while True:
    number += 1
    try:
        open(f'PLACE/{number}', 'wb').write(bytes(4 << 20))
    except OSError:
        time.sleep(0.05)
"""
REQUEST = program(FILL.replace("PLACE", "/lab"))
ENDS = {"over_limit"}
SAYS = "filled the disk"
