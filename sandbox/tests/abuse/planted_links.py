"""Leaves links, pipes and devices where something outside might follow them; the broker's socket becomes a
link to the host's.
"""

from sandbox.tests.abuse.harness import program

FAMILY = "planted links and devices"
REQUEST = program("""
import os, stat, bench
host = bench.knob("path")
made, planted = [], []
for place in ("/lab/tasks.py", "/lab/out", "/tmp/core", "/run/clock", "/run/valkey.sock"):
    try:
        os.unlink(place)
    except OSError:
        pass
    try:
        os.symlink(host, place)
        planted.append(place)
    except OSError:
        pass
for name in ("/lab/pipe", "/lab/x.sock", "/run/valkey.pid"):
    os.mkfifo(name)
os.symlink("/proc/self", "/lab/loop")
os.symlink("/proc/1/root/etc/shadow", "/lab/shadow")
for kind, number in ((stat.S_IFBLK, os.makedev(8, 0)), (stat.S_IFCHR, os.makedev(1, 1))):
    try:
        os.mknod("/tmp/device", kind | 0o666, number)
        made.append(number)
    except OSError:
        pass
bench.pause(0.4)
bench.mark("found", devices=made, planted=planted)
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.found["devices"] == []
    assert len(seen.found["planted"]) == 5
