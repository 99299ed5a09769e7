"""Locks single bytes of a file: each lock is memory of the kernel, and no process shows it."""

from sandbox.tests.abuse.harness import program

FAMILY = "memory in locks on files"
REQUEST = program("""
import errno, fcntl, struct, time

def lock(call, file, byte):
    fcntl.fcntl(file, call, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 2 * byte, 1, 0))

with open("/tmp/opened", "w") as file:
    try:
        lock(38, file, 0)  # F_OFD_SETLK, a lock of no process
        bench.mark("found", of_no_process=True)
    except OSError as error:
        bench.mark("found", of_no_process=error.errno != errno.EINVAL)
    byte = 0
    end = time.monotonic() + 4
    while time.monotonic() < end:
        byte += 1
        lock(fcntl.F_SETLK, file, byte)
    bench.mark("found", locks=byte)
time.sleep(60)
""")
ENDS = {"over_limit"}
SAYS = "too many locks on files"


def contained(seen) -> None:
    assert seen.found["of_no_process"] is False
    assert "locks" not in seen.found
