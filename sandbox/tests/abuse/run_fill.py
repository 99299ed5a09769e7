"""Fills `/run`."""

from sandbox.tests.abuse.disk_fill import FILL
from sandbox.tests.abuse.harness import program

FAMILY = "/run fill"
REQUEST = program(FILL.replace("PLACE", "/run"))
ENDS = {"over_limit"}
SAYS = "filled the disk"
