"""Files of the host that every machine has."""

from sandbox.tests.abuse.harness import program

FAMILY = "host files"
REQUEST = program("""
import os, bench
read = []
files = ["/etc/shadow", "/etc/machine-id", "/etc/resolv.conf", "/root/.bashrc", "/home", "/var/log", "/var/lib", "/boot", "/etc/hostname"]
files += ["/proc/kcore", "/proc/kmsg", "/proc/keys", "/sys/fs/cgroup", "/proc/sysvipc", "/dev/kmsg", "/proc/timer_list"]
for file in files:
    try:
        read += os.listdir(file) if os.path.isdir(file) else [open(file, "rb").read(100).decode("utf-8", "replace")]
    except OSError:
        pass
bench.mark("found", read=read, passwd=open("/etc/passwd").read(), host=os.uname().nodename, root=sorted(os.listdir("/")))
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert set(seen.found["read"]) <= {"", "msg", "sem", "shm"}, seen.found["read"]
    assert len(seen.found["passwd"].splitlines()) == 2
    assert seen.found["host"] == "lab"
    known = {"bin", "dev", "etc", "lab", "lib", "lib64", "opt", "proc", "run", "sbin", "tmp", "usr"}
    assert set(seen.found["root"]) <= known, seen.found["root"]
