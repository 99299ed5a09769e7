"""Stops the supervisor; its learner then sends commands until the connection is full. No other
run may wait.
"""

import contextlib
import sys

from sandbox.tests.abuse.harness import BEGINS, program
from sandbox.tests.client import Ran

FAMILY = "commands that nobody reads"
REQUEST = program(
    "import os, signal, time\nos.kill(os.getppid(), signal.SIGSTOP)\ntime.sleep(60)\n",
    wall=20.0,
    commands={"freeze": ["broker"]},
)
ENDS = {"error"}
SAYS = "supervisor in the jail was stopped by the code of this run"
COMMANDS = 500
"""As many as the site hands on for one run."""


def drive(suite) -> Ran:
    connection = suite.warden.start(suite.request(sys.modules[__name__]))
    connection.wait_for("mark", text=BEGINS)
    suite.wait_for_watch()
    with contextlib.suppress(OSError):
        for _ in range(COMMANDS):
            connection.say({"op": "command", "action": "freeze", "target": "broker", "by": "learner"})
    return connection.rest()


def contained(seen) -> None:
    assert any("takes no more commands" in sentence for sentence in seen.ran.refused)
