"""Sleeps for ever and ignores every signal, beside a child that never returns from C code."""

from sandbox.tests.abuse.harness import program

FAMILY = "a run that never ends"
REQUEST = program(
    """
import os, re, signal, time
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
if os.fork() == 0:
    re.match(r"(a+)+$", "a" * 60 + "b")
while True:
    time.sleep(9)
""",
    wall=2.0,
)
ENDS = {"timed_out"}
SAYS = "longer than 2 s"
