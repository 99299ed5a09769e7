"""Sends every other signal to process 1, to the supervisor and to its group. Whatever that ends, it ends only
this run.
"""

from sandbox.tests.abuse.harness import program

FAMILY = "signals to the supervisor"
REQUEST = program("""
import os, signal
left_out = {signal.SIGKILL, signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
for number in set(range(1, 65)) - left_out:
    for pid in (1, os.getppid(), -os.getppid(), -1):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
        try:
            os.kill(pid, number)
        except OSError:
            pass
""")
ENDS = {"error", "finished"}
SAYS = ("supervisor in the jail was ended", "")
