"""`/dev/shm` is filled."""

from sandbox.tests.abuse.harness import program

FAMILY = "/dev/shm fill"
REQUEST = program("""
import time
number = 0
while True:
    number += 1
    try:
        open(f'/dev/shm/{number}', 'wb').write(bytes(4 << 20))
    except OSError:
        time.sleep(0.05)
""")
ENDS = {"over_limit"}
SAYS = ("filled the disk", "of memory")
