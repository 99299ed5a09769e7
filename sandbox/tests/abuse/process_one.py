"""Rewrites the memory of the jail's process 1, so that bubblewrap outside believes that all has ended while
it lives on.
"""

from sandbox.tests.abuse.harness import program

FAMILY = "process 1 rewritten to outlive its run"
REQUEST = program("""
import os, struct, sys, time
sys.stdout.flush()
code = bytes.fromhex(
    "b89d000000" "bf01000000" "31f6" "0f05"                    # prctl(PR_SET_PDEATHSIG, 0)
    # write(4, 1): the exit status, to the eventfd
    "6a01" "b801000000" "bf04000000" "4889e6" "ba08000000" "0f05"
    "b822000000" "0f05" "ebf7"                                 # pause(), for ever
)
place = 0
try:
    words = open("/proc/1/syscall").read().split()
    place = int(words[-1], 16)
    with open("/proc/1/mem", "r+b", buffering=0) as memory:
        memory.seek(place)
        memory.write(code)
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(0.2)
            os._exit(0)  # an orphan: process 1 wakes to reap it
        os._exit(0)
except (OSError, ValueError) as error:
    bench.mark("found", refused=str(error))
    raise SystemExit(0)
bench.mark("found", place=place)
time.sleep(60)
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert "No such file" in seen.found["refused"]
