"""Fills `/dev/shm`."""

from sandbox.tests.abuse.disk_fill import FILL
from sandbox.tests.abuse.harness import program

FAMILY = "/dev/shm fill"
REQUEST = program(FILL.replace("PLACE", "/dev/shm"))
ENDS = {"over_limit"}
SAYS = ("filled the disk", "of memory")
