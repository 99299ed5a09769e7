"""The pipe on which bubblewrap tells the warden why it could not start is flooded, through process 1's descriptors."""

from sandbox.tests.abuse.harness import program

FAMILY = "flood of process 1's error pipe"
REQUEST = program(
    """
import os, time
end = time.monotonic() + 2.5
try:
    pipe = os.open("/proc/1/fd/2", os.O_WRONLY | os.O_NONBLOCK)
except OSError:  # nothing is shown of process 1; and the pipe is root's where the warden is
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
