"""The runner is killed (-9) during a run; the jail dies with the connection."""

import subprocess
import sys

from sandbox.tests.abuse.harness import program
from sandbox.tests.client import BASE, Ran

FAMILY = "runner killed in the middle"
REQUEST = program("import os, time\nos.fork()\nos.fork()\nprint('begun')\ntime.sleep(60)\n")
ENDS = {""}
SAYS = ""
RUNNER = """
import json, socket, sys
sock = socket.socket(socket.AF_UNIX)
sock.connect(sys.argv[1])
sock.sendall(sys.stdin.readline().encode())
for line in sock.makefile():
    if "begun" in line:
        print("begun", flush=True)
"""


def drive(suite) -> Ran:
    import json  # beside its use: the runner's first line

    words = [sys.executable, "-c", RUNNER, str(suite.warden.path)]
    with subprocess.Popen(
        words, cwd=BASE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as runner:
        runner.stdin.write(
            json.dumps({"op": "run", "request": suite.request(sys.modules[__name__]).to_json()}) + "\n"
        )
        runner.stdin.flush()
        assert runner.stdout.readline() == "begun\n"
        suite.wait_for_watch()
        runner.kill()
    suite.wait_until_alone()
    return Ran()
