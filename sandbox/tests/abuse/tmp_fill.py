"""Fills `/tmp`."""

from sandbox.tests.abuse.disk_fill import FILL
from sandbox.tests.abuse.harness import program

FAMILY = "/tmp fill"
REQUEST = program(FILL.replace("PLACE", "/tmp"))
ENDS = {"over_limit"}
SAYS = "filled the disk"
