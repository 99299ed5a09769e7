"""Sends marks without end."""

from sandbox.tests.abuse.harness import program

FAMILY = "event flood"
REQUEST = program("""
import bench
while True:
    bench.mark('again and again')
""")
ENDS = {"over_limit", "timed_out"}
SAYS = ("more than 100,000 events", "longer than 6 s")


def contained(seen) -> None:
    assert seen.ran.of("dropped")
