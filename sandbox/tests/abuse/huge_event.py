"""Sends an event of 20 MB, an event that is nested too deeply, and a line of 20 MB."""

from sandbox.tests.abuse.harness import program

FAMILY = "20 MB event"
REQUEST = program("""
import json, os, bench
bench.mark("x" * 20_000_000)
deep = current = {}
for _ in range(5000):
    current["d"] = current = {}
bench.mark("deep", deep=deep)
bench.mark("wide", **{f"k{n}": "x" * 300 for n in range(5000)})
os.write(1, b"y" * 1_000_000 + b"\\n")
bench.mark("after")
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.ran.of("mark", text="after")
    assert len(seen.ran.texts()) == 1
