"""Starts threads without end."""

from sandbox.tests.abuse.harness import program

FAMILY = "thread bomb"
REQUEST = program("""
import threading, time
threading.stack_size(64 << 10)
while True:
    threading.Thread(target=time.sleep, args=(60,)).start()
""")
ENDS = {"over_limit"}
SAYS = "too many processes or threads"
