"""A web process takes its grace, the seconds that SIGTERM waits, from the file that a learner writes."""

from __future__ import annotations

import pytest

from sandbox.tests.client import make_request, process

pytestmark = pytest.mark.jail
WEB = """
import asyncio
from fastapi import BackgroundTasks, FastAPI
app = FastAPI()

async def for_ever(): await asyncio.Event().wait()

@app.post("/orders")
def order(tasks: BackgroundTasks): tasks.add_task(for_ever)
"""
STOP = """
import os, urllib.request, bench
bench.wait_for("lane-up", lane="web", deadline=5)
urllib.request.urlopen(urllib.request.Request(os.environ["WEB_URL"] + "/orders", method="POST")).close()
bench.wait_for("background-started", deadline=5)
bench.command("terminate", "web")
bench.wait_for("lane-down", lane="web", deadline=DEADLINE)
"""
SPECS = (process("web", "uvicorn", graceful_from="GRACE"), process("driver", "python"))


def stopped(warden, web: str, deadline: float):
    return warden.run(
        make_request({"web.py": web, "driver.py": STOP.replace("DEADLINE", str(deadline))}, *SPECS)
    )


def test_a_web_process_ends_when_the_grace_in_its_module_is_over(warden) -> None:
    ran = stopped(warden, WEB + "GRACE = 1\n", 20)
    assert ran.outcome == "finished", ran.reason
    assert ran.of("background-failed")[0]["data"]["error"].startswith("CancelledError")
    assert ran.of("lane-down", lane="web")


@pytest.mark.parametrize("line", ["GRACE = None\n", ""])
def test_without_a_number_there_is_no_limit(warden, line: str) -> None:
    ran = stopped(warden, WEB + line, 1.5)
    assert ran.outcome == "finished", ran.reason
    assert ran.of("background-started")
    assert not ran.of("background-failed")
    assert not ran.of("lane-down", lane="web")


@pytest.mark.parametrize("value", ["'soon'", "2.5", "True", "-1"])
def test_a_grace_that_is_no_whole_number_of_seconds_is_named(warden, value: str) -> None:
    ran = stopped(warden, f"{WEB}GRACE = {value}\n", 1)
    said = f"web.py: GRACE is {value}; it takes whole seconds, or None for no limit."
    assert (ran.outcome, ran.reason) == ("error", said)
