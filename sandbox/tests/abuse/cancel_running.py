"""Is cancelled while it ignores every signal and floods its output."""

import sys

from sandbox.tests.abuse.harness import program
from sandbox.tests.client import Ran

FAMILY = "cancel while running"
REQUEST = program(
    "import signal\nfor n in (1, 2, 3, 15):\n    signal.signal(n, signal.SIG_IGN)\n"
    "print('begun')\nwhile True:\n    print('more')\n"
)
ENDS = {"cancelled"}
SAYS = ""


def drive(suite) -> Ran:
    connection = suite.warden.start(suite.request(sys.modules[__name__]))
    connection.wait_for("log", text="begun")
    suite.wait_for_watch()
    connection.say({"op": "cancel"})
    return connection.rest()
