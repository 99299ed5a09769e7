"""File names that break naive listings: newlines, invalid UTF-8, 255 bytes, leading dashes."""

from sandbox.tests.abuse.harness import program

FAMILY = "strange file names"
REQUEST = program(
    r"""
import os
for name in (b"new\nline", b"\xff\xfe", b"-rf", b"a" * 255, b"~", b"$(touch x)", b" ", "\u202e".encode()):
    for folder in (b"/lab/", b"/tmp/", b"/dev/shm/", b"/run/"):
        os.mkdir(folder + name)
        open(folder + name + b"/" + name, "wb").close()
        os.chmod(folder + name, 0)
"""
)
ENDS = {"finished"}
SAYS = ""
