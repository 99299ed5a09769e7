"""Looks for the files, the broker and the processes of other runs."""

from sandbox.tests.abuse.harness import program

FAMILY = "other runs"
REQUEST = program("""
import glob, os, bench
found = [name for folder in ("/lab", "/tmp", "/dev/shm", "/run") for name in os.listdir(folder)]
foreign = [file for file in glob.glob("/proc/[0-9]*/root/lab/mine")]
volumes = [line.split()[4] for line in open("/proc/self/mountinfo") if "/volumes/" in line.split()[4] + "/"]
shared = open("/proc/self/mountinfo").read().count("shared:")
lines = open("/proc/net/unix").read().splitlines()[1:]
names = [line.split()[-1] for line in lines if "/" in line or "@" in line]
processes = sum(name.isdigit() for name in os.listdir("/proc"))
pids, parent = os.getpid(), os.getppid()
bench.mark("found", pids=pids, parent=parent, files=found, foreign=foreign, volumes=volumes)
bench.mark("found", shared=shared, sockets=names, processes=processes)
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    found = seen.found
    assert "mine" not in found["files"]
    assert found["foreign"] == found["volumes"] == []
    assert found["shared"] == 0
    assert set(found["sockets"]) <= {"/run/valkey.sock"}, found["sockets"]
    assert found["processes"] < 12
    assert set(found["files"]) <= {"driver.py", "valkey.sock"}, "what another run left, or one before"
    assert found["pids"] < 100
    assert found["parent"] < 10, "the supervisor, one of the first processes of its jail"
