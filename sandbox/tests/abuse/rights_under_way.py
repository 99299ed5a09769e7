"""Keeps as many descriptors in flight between sockets as a user may have; where jails share a user, other
jails can then send none.
"""

import sys

from sandbox.tests.abuse.harness import program
from sandbox.tests.client import Ran, make_request, process

FAMILY = "descriptors under way"
REQUEST = program("""
import array, os, socket, time
kept, null, sent = [], os.open("/dev/null", os.O_RDONLY), 0
try:
    for _ in range(40):
        kept.append(socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
        sent += 100
        kept[-1][0].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [null] * 100))])
except OSError:
    pass
bench.mark("found", sent=sent)
time.sleep(60)
""")
OTHER = make_request(
    {"driver.py": "import bench\nbench.wait_for('lane-up', lane='desk', deadline=30)\nbench.pause(0.5)\n"},
    process("desk", "stub", env="DESK_URL"),
    process("driver", "python"),
    wall=5.0,
)
"""Another learner's run, one of whose lanes listens."""
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
    assert seen.found["sent"] >= 500
    assert (other.outcome, other.reason) == ("finished", "")
    assert other.of("lane-up", lane="desk")
