"""Opens every descriptor that a process may have, in many processes."""

from sandbox.tests.abuse.harness import program

FAMILY = "descriptor exhaustion"
REQUEST = program("""
import os, time, bench
parent = os.getpid()
for _ in range(8):
    if os.fork() == 0:
        break
kept = []
try:
    while True:
        kept.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
bench.mark("found", opened=len(kept))
time.sleep(0.5)
if os.getpid() == parent:
    open("/dev/null")
""")
ENDS = {"error"}
SAYS = "Too many open files"


def contained(seen) -> None:
    assert 100 < seen.found["opened"] < 512
