"""Writes files to every folder that might be writable by mistake."""

from sandbox.tests.abuse.harness import program

FAMILY = "writes to /dev, / and /usr"
REQUEST = program("""
import os, bench
made = []
folders = ["/", "/dev", "/dev/pts", "/usr", "/etc", "/opt", "/opt/venv"]
folders += ["/opt/jailside", "/opt/jailside/sandbox/inside"]
for folder in [*folders, "/proc", "/proc/sys/kernel", "/sys", "/var", "/home", "/root"]:
    try:
        os.close(os.open(f"{folder}/abuse-left", os.O_CREAT | os.O_WRONLY))
        made.append(folder)
    except OSError:
        pass
files = ["/etc/passwd", "/etc/hosts", "/opt/jailside/sandbox/protocol.py"]
for file in [*files, "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger"]:
    try:
        with open(file, "a") as opened:
            opened.write("x")
        made.append(file)
    except OSError:
        pass
bench.mark("found", made=made, devices=sorted(os.listdir("/dev")))
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.found["made"] == []
    harmless = "console core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero"
    assert set(seen.found["devices"]) <= set(harmless.split()), seen.found["devices"]
