"""Queues as many signals as a run may have; where jails share a user, other jails must still have theirs."""

import sys

from sandbox.tests.abuse.harness import program
from sandbox.tests.client import Ran, make_request

FAMILY = "signals under way"
QUEUE = """
import ctypes, os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [40])
queued, send = 0, ctypes.CDLL(None).sigqueue
while queued < 5000 and send(os.getpid(), 40, None) == 0:
    queued += 1
bench.mark("found", queued=queued)
"""
REQUEST = program(QUEUE + "import time\ntime.sleep(60)\n", wall=20.0)
OTHER = make_request({"driver.py": "import bench\n" + QUEUE}, wall=10.0)
"""Another learner's run, which queues as many."""
ENDS = {"cancelled"}
SAYS = ""
JAILS = {1, 2}
others: list[Ran] = []


def drive(suite) -> Ran:
    connection = suite.warden.start(suite.request(sys.modules[__name__]))
    connection.wait_for("mark", text="found")
    suite.wait_for_watch()
    others.append(suite.warden.run(OTHER))
    connection.say({"op": "cancel"})
    return connection.rest()


def contained(seen) -> None:
    other = others.pop()
    assert 500 <= seen.found["queued"] <= 512
    assert [event["data"]["queued"] for event in other.of("mark", text="found")] == [seen.found["queued"]]
