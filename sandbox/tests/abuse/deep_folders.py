"""Makes folders within folders, deeper than the longest path."""

from sandbox.tests.abuse.harness import program

FAMILY = "deep folders"
REQUEST = program("""
import os, bench
depth = 0
try:
    while depth < 5000:
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
        depth += 1
except OSError:
    pass
bench.mark("found", depth=depth)
""")
ENDS = {"finished", "over_limit"}
SAYS = ""


def contained(seen) -> None:
    assert seen.ran.outcome == "over_limit" or seen.found["depth"] > 1000
