"""Watches every descriptor by every epoll, in many processes: the kernel keeps a record of each pair."""

from sandbox.tests.abuse.harness import program

FAMILY = "memory in watches of epoll"
REQUEST = program("""
import os, select, time

def work():
    polls = [select.epoll() for _ in range(240)]
    targets = [os.eventfd(0) for _ in range(240)]
    for poll in polls:
        for target in targets:
            poll.register(target, 1)
    time.sleep(60)

for _ in range(100):
    if os.fork() == 0:
        work()
time.sleep(60)
""")
ENDS = {"over_limit"}
SAYS = "more than 320 MiB of memory"
