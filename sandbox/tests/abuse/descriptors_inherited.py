"""Lists the descriptors that are open when a program starts."""

from sandbox.tests.abuse.harness import program

FAMILY = "inherited descriptors"
REQUEST = program("""
import os, bench
paths = {fd: f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd")}
own = {fd: os.readlink(path) for fd, path in paths.items() if os.path.islink(path)}
others = []
for pid in (1, os.getppid()):
    try:
        others += [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    except OSError:
        pass
bench.mark("found", own=own, others=others)
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    kinds = {target.partition(":")[0] for target in seen.found["own"].values()}
    assert kinds <= {"/dev/null", "pipe", "socket", "anon_inode", "/proc/self/fd"}, seen.found["own"]
    assert len(seen.found["own"]) < 8, seen.found["own"]
    assert len([target for target in seen.found["own"].values() if target.startswith("socket:")]) == 1
    assert {target.partition(":")[0] for target in seen.found["others"]} <= {
        "/dev/null",
        "pipe",
        "anon_inode",
    }
