"""Is cancelled immediately after the request."""

import sys

from sandbox.tests.abuse.harness import program
from sandbox.tests.client import Ran

FAMILY = "cancel while starting"
REQUEST = program("import time\ntime.sleep(60)\n")
ENDS = {"cancelled"}
JAILS = {0, 1}  # it may be over before it was given one
SAYS = ""


def drive(suite) -> Ran:
    connection = suite.warden.start(suite.request(sys.modules[__name__]))
    connection.say({"op": "cancel"})
    return connection.rest()
