"""The pipe on which bubblewrap tells the warden why it could not start is flooded, through process 1's descriptors."""

from sandbox.tests.abuse.harness import Seen, program

FAMILY = "flood of process 1's error pipe"
REQUEST = program(
    """
import os, time
end = time.monotonic() + 2.5
try:
    pipe = os.open("/proc/1/fd/2", os.O_WRONLY | os.O_NONBLOCK)
except PermissionError:  # the pipe is root's where the warden is
    bench.mark("found", refused=True)
    raise SystemExit(0)
while time.monotonic() < end:
    try:
        os.write(pipe, b"x" * 4096)
    except BlockingIOError:
        time.sleep(0.0001)
"""
)
ENDS = {"finished"}
SAYS = ""


def contained(seen: Seen) -> None:
    """As root there is nothing to flood; else nothing may be kept from it, or nothing was tried."""
    assert seen.found.get("refused", False) == seen.is_root
