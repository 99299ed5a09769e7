"""The runner closes the connection during the run, because the learner left or the run was taken over."""

import sys

from sandbox.tests.abuse.harness import program
from sandbox.tests.client import Ran

FAMILY = "learner gone"
REQUEST = program(
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('begun')\ntime.sleep(60)\n"
)
ENDS = {""}
SAYS = ""


def drive(suite) -> Ran:
    connection = suite.warden.start(suite.request(sys.modules[__name__]))
    connection.wait_for("log", text="begun")
    suite.wait_for_watch()
    connection.close()
    suite.wait_until_alone()
    return Ran()
