"""Prints short lines without end; what is dropped is counted, and the trace stays within its caps."""

from sandbox.tests.abuse.harness import program

FAMILY = "log line flood"
REQUEST = program("""
import os, bench
for number in range(30_000):
    os.write(1, b'line %d\\n' % number)
for number in range(5_000):
    bench.mark("flood")
""")
ENDS = {"finished", "over_limit"}
SAYS = ""


def contained(seen) -> None:
    dropped = seen.ran.of("dropped")
    assert sum(event["data"]["total"] for event in dropped) > 10_000
    cut = sum(event["data"]["counts"].get("mark", 0) for event in dropped)
    assert cut + len(seen.ran.of("mark")) == 5_001  # with the one that says that it began
