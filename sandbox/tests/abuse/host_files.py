"""Reads files that every host has."""

from sandbox.tests.abuse.harness import program

FAMILY = "host files"
REQUEST = program("""
import os, bench
read = []
files = ["/etc/shadow", "/etc/machine-id", "/etc/resolv.conf", "/etc/hostname", "/root/.bashrc"]
files += ["/home", "/var/log", "/var/lib", "/boot", "/sys/fs/cgroup", "/dev/kmsg"]
files += ["/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/sysvipc", "/proc/timer_list"]
for file in files:
    try:
        if os.path.isdir(file):
            read += os.listdir(file)
        else:
            read.append(open(file, "rb").read(100).decode("utf-8", "replace"))
    except OSError:
        pass
host, root = os.uname().nodename, sorted(os.listdir("/"))
bench.mark("found", read=read, passwd=open("/etc/passwd").read(), host=host, root=root)
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert set(seen.found["read"]) <= {"", "msg", "sem", "shm"}, seen.found["read"]
    assert len(seen.found["passwd"].splitlines()) == 2
    assert seen.found["host"] == "lab"
    known = {"bin", "dev", "etc", "lab", "lib", "lib64", "opt", "proc", "run", "sbin", "tmp", "usr"}
    assert set(seen.found["root"]) <= known, seen.found["root"]
