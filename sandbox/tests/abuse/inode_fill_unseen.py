"""Stops the supervisor, which counts files, and makes empty files without end."""

from sandbox.tests.abuse.harness import program

FAMILY = "inode fill, unseen"
REQUEST = program("""
import os, signal
os.kill(os.getppid(), signal.SIGSTOP)
number = 0
while True:
    number += 1
    for place in ('/tmp', '/lab', '/run'):
        try:
            os.close(os.open(f'{place}/{number}', os.O_CREAT))
        except OSError:
            pass
""")
ENDS = {"over_limit"}
SAYS = "too many files"
