"""Reads the environment and command line of every visible process."""

from sandbox.tests.abuse.harness import program
from sandbox.tests.client import BASE

FAMILY = "/proc/1/environ"
REQUEST = program("""
import glob, bench
read = {}
for file in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    try:
        read[file] = open(file, "rb").read().decode("utf-8", "replace").replace("\\0", " ")[:400]
    except OSError:
        pass
bench.mark("found", read=read)
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    read = seen.found["read"]
    assert not [file for file in read if file.startswith("/proc/1/")]
    assert not [word for word in ("BAIT", str(BASE)) if word in str(read)]
    assert not [
        text for file, text in read.items() if "environ" in file and ("/root" in text or "SECRET" in text)
    ]
    assert not [text for text in read.values() if "--ro-bind" in text or "--seccomp" in text], read
