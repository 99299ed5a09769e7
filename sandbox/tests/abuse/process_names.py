"""Takes names of processes that look like lines of what the kernel says of a process, or like no text; under
such names, several processes fill memory.
"""

from sandbox.tests.abuse.harness import program

FAMILY = "strange names of processes"
REQUEST = program(
    r"""
import ctypes, os, time
call_itself = ctypes.CDLL(None).prctl
NAMES = (b"\vVmPTE:", b"\rRssAnon:", b"\x1cVmRSS:x", b"\x0cFDSize:", b"\xc2\x85VmPTE:x")
NAMES += (b"\xff) Z 1 1 1", b"\nVmPTE:")
for name in NAMES:
    call_itself(15, name, 0, 0, 0)
    time.sleep(0.5)  # the warden looks five times a second
bench.mark("found", every="name")
call_itself(15, b"\rVmPTE:-9999999", 0, 0, 0)
for _ in range(9):
    if os.fork() == 0:
        break
kept = []
for _ in range(16):
    kept.append(bytearray(b"x" * (8 << 20)))
    time.sleep(0.02)
time.sleep(60)
""",
    wall=12.0,
)
ENDS = {"over_limit"}
SAYS = "more than 320 MiB of memory"


def contained(seen) -> None:
    assert seen.found["every"] == "name"
