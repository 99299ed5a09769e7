"""Makes empty files without end."""

from sandbox.tests.abuse.harness import program

FAMILY = "inode fill"
REQUEST = program("""
import os
number = 0
while True:
    number += 1
    try:
        os.close(os.open(f'/tmp/{number}', os.O_CREAT))
    except OSError:
        pass
""")
ENDS = {"over_limit"}
SAYS = "too many files"
