"""Starts many new programs, each of which uses as much memory as a lane has by its fork."""

from sandbox.tests.abuse.harness import program

FAMILY = "memory bomb, many programs"
REQUEST = program(
    """
import os, sys, time
OWN = '''
import mmap, os, time
while not os.path.exists("/tmp/all-are-here"):
    time.sleep(0.05)
kept = mmap.mmap(-1, 40 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for place in range(0, len(kept), 4096):
    kept[place] = 1
    if place % (1 << 20) == 0:
        time.sleep(0.05)
time.sleep(60)
'''
for _ in range(40):
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", OWN])
    time.sleep(0.05)
time.sleep(1)
open("/tmp/all-are-here", "w").close()
time.sleep(60)
""",
    wall=20.0,
)
ENDS = {"over_limit"}
SAYS = "more than 320 MiB of memory"
