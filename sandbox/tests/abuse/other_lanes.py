"""One lane tries to read another's memory, descriptors and environment, to send notes in its name."""

from sandbox.tests.abuse.harness import workers

FAMILY = "another lane's memory"
REQUEST = workers(
    """
import glob, os, bench
bench.wait_for("lane-up", lane="worker-1", deadline=30)
reached = []
for folder in glob.glob("/proc/[0-9]*"):
    pid = int(folder.rpartition("/")[2])
    if not os.listdir(folder):
        continue  # process 1, of which nothing is shown
    program = os.path.basename(open(f"{folder}/cmdline").read().split(chr(0))[0])
    if pid == os.getpid() or program.startswith(("valkey-server", "bwrap")):
        continue
    ways = [("mem", "r+b"), ("fd/1", "ab"), ("fd/2", "ab")]
    readable = ("mem", "environ", "auxv", "maps", "syscall", "stack", "fd/0")
    for name, mode in [*ways, *((name, "rb") for name in readable)]:
        try:
            with open(f"{folder}/{name}", mode, buffering=0) as file:
                reached.append(f"{program} {name} {mode}")
                if name.startswith("fd/"):
                    file.write(b"forged by another lane\\n")
        except OSError:
            pass
    for name in ("cwd", "root"):
        try:
            reached.append(os.readlink(f"{folder}/{name}"))
        except OSError:
            pass
os.kill(1, 9)  # process 1 takes no signal from inside
bench.mark("found", reached=reached)
bench.pause(0.2)
"""
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.found["reached"] == []
    assert not [event for event in seen.ran.of("log") if "forged" in event["data"]["text"]]
