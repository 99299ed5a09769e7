"""Crashes a dozen programs. Where the host pipes cores to a program, that program would run as
root for each.
"""

from sandbox.tests.abuse.harness import program

FAMILY = "cores of crashed programs"
REQUEST = program("""
import os, resource, subprocess
dumped = 0
for _ in range(20):
    crashed = subprocess.Popen(["/bin/sh", "-c", "kill -SEGV $$"], cwd="/tmp")
    dumped += os.WCOREDUMP(os.waitpid(crashed.pid, 0)[1])
bench.mark("found", dumped=dumped, left=os.listdir("/tmp"), limit=resource.getrlimit(resource.RLIMIT_CORE))
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert (seen.found["dumped"], seen.found["left"]) == (0, [])
    assert seen.found["limit"] == [
        1,
        1,
    ]  # core(5): 0 bounds files alone, a program is given the core all the same
