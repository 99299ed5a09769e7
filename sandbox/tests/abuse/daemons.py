"""Starts daemons that fork twice, leave the session and ignore every signal; the program itself
ends at once.
"""

from sandbox.tests.abuse.harness import program

FAMILY = "daemons that outlive"
REQUEST = program(
    """
import glob, os, signal, time, bench
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 65):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            os.closerange(0, 100)
            while True:
                time.sleep(1)
        os._exit(0)
time.sleep(0.5)
lines = []
for file in glob.glob("/proc/[0-9]*/stat"):
    try:
        lines.append(open(file).read())
    except OSError:  # it has just ended
        pass
parents = [line.rpartition(")")[2].split()[1] for line in lines if "(python)" in line]
bench.mark("found", orphans=parents.count("1"))
"""
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.found["orphans"] == 6, "five daemons and the supervisor"
