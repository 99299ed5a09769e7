"""Makes a file with a hole of a terabyte."""

from sandbox.tests.abuse.harness import program

FAMILY = "sparse file"
REQUEST = program("""
import os, signal, bench
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
refused = []
for size in (33 << 20, 1 << 40):
    try:
        os.truncate(os.open("/tmp/big", os.O_CREAT | os.O_RDWR), size)
    except OSError as error:
        refused.append(size)
    except TypeError:
        pass
handle = open("/tmp/big", "wb")
for size in (33 << 20, 1 << 40):
    try:
        handle.truncate(size)
    except OSError:
        refused.append(size)
bench.mark("found", refused=len(refused))
handle.truncate(1 << 40)
""")
ENDS = {"error"}
SAYS = "File too large"


def contained(seen) -> None:
    assert seen.found["refused"] >= 2
