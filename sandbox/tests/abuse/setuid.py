"""Starts every program with a set-user-id bit, and makes every call that changes user ids."""

from sandbox.tests.abuse.harness import program

FAMILY = "setuid"
REQUEST = program("""
import os, stat, subprocess, bench
programs = []
for folder in ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/lib/openssh", "/usr/lib/dbus-1.0"):
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        try:
            if os.stat(f"{folder}/{name}").st_mode & (stat.S_ISUID | stat.S_ISGID):
                programs.append(f"{folder}/{name}")
        except OSError:
            pass
became = []
calls = [lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgid(0), lambda: os.setgroups([0])]
for call in [*calls, lambda: os.chown("/lab", 0, 0), lambda: os.nice(-5)]:
    try:
        call()
        became.append(os.getuid())
    except OSError:
        pass
for program in [p for p in programs if p.endswith(("/mount", "/newgrp"))]:
    subprocess.run([program], stdin=subprocess.DEVNULL, capture_output=True, timeout=1)
os.chmod("/lab/driver.py", 0o6755)
print(subprocess.run(["/bin/sh", "-c", "id -u"], capture_output=True, text=True).stdout)
bench.mark("found", became=became, uid=os.geteuid(), gid=os.getegid(), programs=len(programs))
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.found["became"] == []
    assert (seen.found["uid"], seen.found["gid"]) == (1000, 1000)
    assert 0 not in seen.facts.uids
