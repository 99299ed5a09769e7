"""What a driver makes premises with: held responses, outages and a frozen broker, in real jails."""

from __future__ import annotations

import pytest

from sandbox.tests.client import Ran, WardenProcess, make_request, process

pytestmark = pytest.mark.jail

DESK = process(
    "desk",
    "stub",
    env="DESK_URL",
    routes=[{"path": "copies/*", "seconds": 0.0}, {"path": "slow/*", "seconds": 0.5}],
)
CALL = """
import os, signal, threading
from urllib.request import urlopen
import bench

def call(path):
    try:
        return urlopen(f"{os.environ['DESK_URL']}/{path}", timeout=20).status
    except OSError as error:
        return getattr(error, "code", None)

up = bench.wait_for("lane-up", lane="desk", deadline=20)
"""


def run(warden: WardenProcess, script: str) -> Ran:
    driver = process("driver", "python", file="driver.py")
    ran = warden.run(make_request({"driver.py": CALL + script}, DESK, driver))
    assert (ran.outcome, ran.reason) == ("finished", "")
    return ran


def test_a_held_response_is_sent_when_it_is_released(warden) -> None:
    ran = run(
        warden,
        """
bench.hold("desk", path="copies/*")
caller = threading.Thread(target=call, args=("copies/7",))
caller.start()
bench.wait_for("stub-received", path="copies/7", deadline=20)
bench.mark("nothing but the call has come")
bench.release("desk")
caller.join()
""",
    )
    kinds = [e["kind"] for e in ran.events if e["lane"] == "desk" or e["kind"] == "mark"]
    assert kinds == ["lane-up", "hold", "stub-received", "mark", "hold", "stub-called"]
    assert [e["data"]["state"] for e in ran.of("hold")] == ["begun", "ended"]
    assert ran.of("stub-called")[0]["data"]["held"] is True


def test_a_call_that_is_released_before_its_turn_was_held(warden) -> None:
    ran = run(
        warden,
        """
bench.hold("desk")
caller = threading.Thread(target=call, args=("slow/7",))
caller.start()
bench.wait_for("stub-received", path="slow/7", deadline=20)
bench.release("desk")
caller.join()
""",
    )
    assert ran.of("stub-called")[0]["data"]["held"] is True


def test_a_call_whose_caller_died_while_it_was_held_says_so(warden) -> None:
    ran = run(
        warden,
        """
bench.hold("desk")
if (child := os.fork()) == 0:
    call("copies/7")
bench.wait_for("stub-received", deadline=20)
os.kill(child, signal.SIGKILL)
bench.wait_for("stub-called", caller_gone=True, deadline=20)
""",
    )
    assert [e["data"]["path"] for e in ran.of("stub-called")] == ["copies/7"]


def test_a_second_call_on_a_connection_is_reported_while_the_first_one_is_held(warden) -> None:
    ran = run(
        warden,
        """
from http.client import HTTPConnection
host = os.environ["DESK_URL"].removeprefix("http://")
bench.hold("desk", path="copies/*")
first, second = HTTPConnection(host, timeout=20), HTTPConnection(host, timeout=20)
first.request("GET", "/copies/1")
first.sock.send(b"GET /copies/2 HTTP/1.1\\r\\nHost: desk\\r\\n\\r\\n")
for path in ("copies/1", "copies/2"):
    bench.wait_for("stub-received", path=path, deadline=20)
second.request("GET", "/copies/3")
bench.wait_for("stub-received", path="copies/3", deadline=20)
bench.release("desk")
for path in ("copies/1", "copies/2", "copies/3"):
    bench.wait_for("stub-called", path=path, deadline=20)
""",
    )
    received = {e["data"]["path"]: e["data"]["connection"] for e in ran.of("stub-received")}
    called = [(e["data"]["path"], e["data"]["connection"]) for e in ran.of("stub-called")]
    assert received == {"copies/1": 1, "copies/2": 1, "copies/3": 2}
    assert sorted(called) == [("copies/1", 1), ("copies/2", 1), ("copies/3", 2)]
    assert called.index(("copies/1", 1)) < called.index(("copies/2", 1))


def test_a_hold_of_what_is_no_stub_is_refused(warden) -> None:
    ran = run(
        warden,
        """
try:
    bench.hold("driver")
except bench.CommandRefused as refusal:
    bench.mark(str(refusal))
""",
    )
    assert [e["data"]["text"] for e in ran.of("mark")] == ["driver is not a stub server that runs."]


def test_a_signal_of_a_program_begins_no_outage_and_a_command_does(warden) -> None:
    ran = run(
        warden,
        """
os.kill(up.data["pid"], signal.SIGUSR1)
bench.mark("after the signal", status=call("copies/1"))
bench.command("outage", "desk")
bench.mark("after the command", status=call("copies/2"))
bench.command("outage", "desk")
bench.mark("after both", status=call("copies/3"))
""",
    )
    assert [e["data"]["status"] for e in ran.of("mark")] == [204, 503, 204]
    assert [e["data"]["state"] for e in ran.of("outage")] == ["begun", "ended"]


def test_a_program_that_wakes_the_frozen_broker_is_on_record(warden) -> None:
    ran = run(
        warden,
        """
broker = bench.wait_for("lane-up", lane="broker").data["pid"]
bench.command("freeze", "broker")
bench.command("thaw", "broker")
bench.command("freeze", "broker")
os.kill(broker, signal.SIGCONT)
bench.wait_for("command", by="program", deadline=20)
""",
    )
    said = [(e["data"]["action"], e["data"]["by"]) for e in ran.of("command")]
    assert said == [("freeze", "driver"), ("thaw", "driver"), ("freeze", "driver"), ("thaw", "program")]
