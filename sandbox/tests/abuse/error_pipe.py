"""Looks in process 1 for the pipe of bubblewrap's error messages, and floods it if it is there."""

from sandbox.tests.abuse.harness import Seen, program

FAMILY = "flood of process 1's error pipe"
REQUEST = program(
    """
import os, time
end = time.monotonic() + 2.5
try:
    pipe = os.open("/proc/1/fd/2", os.O_WRONLY | os.O_NONBLOCK)
except OSError as error:
    bench.mark("found", refused=str(error))
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
    assert "No such file" in seen.found["refused"]
