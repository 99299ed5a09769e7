"""Short lines without end: what is cut is counted, and the trace stays within its caps."""

from sandbox.tests.abuse.harness import program

FAMILY = "log line flood"
REQUEST = program("""
import os
for number in range(30_000):
    os.write(1, b'line %d\\n' % number)
""")
ENDS = {"finished", "over_limit"}
SAYS = ""


def contained(seen) -> None:
    assert len(seen.ran.events) <= 5000
    assert sum(event["data"]["total"] for event in seen.ran.of("dropped")) > 10_000
