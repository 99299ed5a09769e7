"""Every kind of process that a lab may name, in real jails."""

from __future__ import annotations

import pytest

from sandbox.tests.client import make_request, process

pytestmark = pytest.mark.jail

WEB = """
import asyncio, time
from fastapi import BackgroundTasks, FastAPI
app = FastAPI()

@app.get("/ping")
def ping(): return "pong"

def in_a_thread(): time.sleep(0.05)
async def on_the_loop(): await asyncio.sleep(0.05)
def breaks(): raise ValueError("no tea")

@app.post("/signup", status_code=201)
def signup(tasks: BackgroundTasks):
    for task in (in_a_thread, on_the_loop, breaks, in_a_thread):
        tasks.add_task(task)
"""
CALL = """
import os, urllib.request, bench
bench.wait_for("lane-up", lane="web", deadline=5)
urllib.request.urlopen(urllib.request.Request(os.environ["WEB_URL"] + "/signup", method="POST")).close()
bench.wait_for("background-failed")
bench.wait_until_quiet(deadline=3)
"""


def test_a_web_process_tells_of_requests_and_background_tasks(warden) -> None:
    ran = warden.run(
        make_request(
            {"web.py": WEB, "driver.py": CALL}, process("web", "uvicorn"), process("driver", "python")
        )
    )
    assert ran.outcome == "finished", ran.reason
    sent = ran.of("response-sent")[0]["data"]
    assert (sent["method"], sent["path"], sent["status"]) == ("POST", "/signup", 201)
    started = [(event["name"], event["data"]["on"]) for event in ran.of("background-started")]
    assert started == [("in_a_thread", "thread"), ("on_the_loop", "loop"), ("breaks", "thread")]
    assert ran.of("background-failed")[0]["data"]["error"] == "ValueError: no tea"
    kinds = [event["kind"] for event in ran.events if event["lane"] == "web"]
    assert kinds.index("response-sent") < kinds.index("background-started")


def test_a_probe_summarises_the_waits_for_a_page(warden) -> None:
    driver = "import bench\nfor _ in range(3): bench.wait_for('probe', deadline=5)"
    specs = (
        process("web", "uvicorn"),
        process("probe", "probe", path="/ping", every=0.02),
        process("driver", "python"),
    )
    ran = warden.run(make_request({"web.py": WEB, "driver.py": driver}, *specs))
    assert ran.outcome == "finished", ran.reason
    seen = ran.of("probe")[-1]["data"]
    assert seen["count"] > 0
    assert 0 < seen["p50"] <= seen["p99"] <= seen["worst"]
    assert not ran.of("request-started", path="/ping")


def test_two_web_processes_share_one_address(warden) -> None:
    web = "import os\nfrom fastapi import FastAPI\napp = FastAPI()\n"
    web += "@app.get('/who')\ndef who(): return os.getpid()\n"
    driver = """
import json, os, urllib.request, bench
bench.wait_for("lane-up", lane="web")
bench.pause(0.5)
seen = set()
for _ in range(60):
    seen.add(urllib.request.urlopen(os.environ["WEB_URL"] + "/who").read())
bench.mark("seen", number=len(seen))
"""
    ran = warden.run(
        make_request(
            {"web.py": web, "driver.py": driver},
            process("web", "uvicorn", workers=2),
            process("driver", "python"),
        )
    )
    assert ran.of("mark")[0]["data"]["number"] == 2


def test_beat_fires_and_a_worker_runs_what_it_sends(warden) -> None:
    tasks = """
from celery import Celery
app = Celery("shop")
app.conf.beat_schedule = {"tick": {"task": "tasks.tick", "schedule": 0.3}}
@app.task
def tick(): pass
"""
    driver = "import bench\nfor _ in range(3): bench.wait_for('task-succeeded', name='tick', deadline=8)"
    specs = (
        process("worker-1", "celery-worker", pool="threads"),
        process("beat", "beat"),
        process("driver", "python"),
    )
    ran = warden.run(make_request({"tasks.py": tasks, "driver.py": driver}, *specs))
    assert ran.outcome == "finished", ran.reason
    assert ran.of("schedule-fired", lane="beat")[0]["name"] == "tick"
    assert ran.of("task-sent", lane="beat", name="tick")


def test_an_rq_worker_runs_jobs_in_a_process_of_their_own(warden) -> None:
    files = {
        "jobs.py": "def add(a, b): return a + b\ndef fails(): raise ValueError('no tea')\n",
        "driver.py": """
import os, bench, jobs, redis, rq
bench.wait_for("lane-up", lane="rq-1", deadline=5)
queue = rq.Queue(connection=redis.Redis.from_url(os.environ["REDIS_URL"]))
queue.enqueue(jobs.add, 1, 2)
queue.enqueue(jobs.fails)
bench.wait_for("task-succeeded", name="add", deadline=8)
bench.wait_for("task-failed", name="fails", deadline=8)
""",
    }
    ran = warden.run(make_request(files, process("rq-1", "rq-worker"), process("driver", "python")))
    assert ran.outcome == "finished", ran.reason
    states = [event["kind"] for event in ran.events if event.get("name") == "add"]
    assert states == ["task-sent", "task-received", "task-started", "task-succeeded"]
    assert "no tea" in ran.of("task-failed")[0]["data"]["exception"]
    pids = {event["data"]["process"] for event in ran.of("task-started")}
    assert len(pids) == 2
    up = ran.of("lane-up", lane="rq-1")[0]["data"]
    assert up["system"] == "rq"
    assert up["pid"] not in pids


def test_a_scheduler_fires_and_runs(warden) -> None:
    scheduler = """
from apscheduler.schedulers.blocking import BlockingScheduler
s = BlockingScheduler(timezone="UTC")
s.add_job(lambda: None, "interval", seconds=0.2, id="stock")
s.add_job(lambda: 1 / 0, "interval", seconds=0.2, id="broken")
s.start()
"""
    driver = (
        "import bench\nfor kind in ('task-succeeded', 'task-failed'):\n    bench.wait_for(kind, deadline=5)"
    )
    ran = warden.run(
        make_request(
            {"scheduler.py": scheduler, "driver.py": driver},
            process("scheduler", "scheduler"),
            process("driver", "python"),
        )
    )
    assert ran.outcome == "finished", ran.reason
    assert ran.of("lane-up", lane="scheduler")[0]["data"]["system"] == "apscheduler"
    assert {event["name"] for event in ran.of("schedule-fired")} >= {"stock"}
    assert "ZeroDivisionError" in ran.of("task-failed")[0]["data"]["exception"]


STUB_CALL = """
import json, os, urllib.error, urllib.request, bench
bench.wait_for("lane-up", lane="mail")
def call(path, **headers):
    data = json.dumps({"to": "ann", "secret": 1}).encode()
    request = urllib.request.Request(os.environ["MAIL_URL"] + path, data=data, headers=headers)
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return error.code
"""


def test_a_stub_records_what_reached_it(warden) -> None:
    routes = [
        {
            "path": "send/*",
            "seconds": 0.02,
            "fail": [2],
            "keep": ["to"],
            "idempotent": True,
            "json": {"ok": True},
        }
    ]
    driver = (
        STUB_CALL
        + "key = {'Idempotency-Key': 'k'}\n"
        + "print([call('/send/1'), call('/send/2'), call('/other'), call('/send/3', **key)])"
    )
    ran = warden.run(
        make_request(
            {"driver.py": driver}, process("mail", "stub", routes=routes), process("driver", "python")
        )
    )
    assert ran.texts() == ["[200, 503, 404, 200]"]
    first, second, third, fourth = (event["data"] for event in ran.of("stub-called", lane="mail"))
    assert (first["path"], first["status"], first["to"], first["seconds"]) == ("send/1", 200, "ann", 0.02)
    assert (second["status"], third["status"], fourth["key"]) == (503, 404, "k")
    assert "secret" not in first


def test_the_command_outage_begins_and_ends_an_outage(warden) -> None:
    driver = """
said = []
for _ in range(3):
    said.append(call("/x"))
    bench.command("outage", "mail")
    bench.pause(0.05)
print(said)
"""
    ran = warden.run(
        make_request({"driver.py": STUB_CALL + driver}, process("mail", "stub"), process("driver", "python"))
    )
    assert ran.texts() == ["[204, 503, 204]"]


def test_a_stub_cannot_be_looked_into(warden) -> None:
    driver = (
        STUB_CALL
        + """
up = [event for event in [bench.wait_for("stub-called")] ] if call("/x") else None
import pathlib
for pid in [p.name for p in pathlib.Path("/proc").iterdir() if p.name.isdigit()]:
    if pid == str(os.getpid()): continue
    try:
        open(f"/proc/{pid}/mem", "rb")
        if b"stub" not in open(f"/proc/{pid}/cmdline", "rb").read(): print("open", pid)
    except OSError: pass
print("looked")
"""
    )
    ran = warden.run(
        make_request({"driver.py": driver}, process("mail", "stub"), process("driver", "python"))
    )
    stub, broker = (ran.of("lane-up", lane=lane)[0]["data"]["pid"] for lane in ("mail", "broker"))
    opened = {int(text.split()[1]) for text in ran.texts() if text.startswith("open")}
    assert stub not in opened
    assert opened <= {
        1,
        broker,
    }  # bubblewrap's process 1 has no descriptor, no right and no memory of anything


def test_a_lane_that_waits_starts_only_by_command(warden) -> None:
    files = {
        "late.py": "print('here')",
        "driver.py": "import bench\nbench.command('start', 'late')\nbench.wait_for('lane-down', lane='late')",
    }
    ran = warden.run(make_request(files, process("late", "python", start=False), process("driver", "python")))
    assert ran.texts("late") == ["here"]
    kinds = [event["kind"] for event in ran.events]
    assert kinds.index("command") < kinds.index("lane-up", kinds.index("command"))


def test_options_may_stand_for_knobs_and_the_environment_is_the_labs(warden) -> None:
    driver = "import os\nprint(os.environ.get('GREETING'), os.environ.get('CELERY_RESULT_BACKEND'))"
    options = {"environment": {"GREETING": {"knob": "word"}, "CELERY_RESULT_BACKEND": ""}}
    ran = warden.run(
        make_request({"driver.py": driver}, process("driver", "python", **options), knobs={"word": "tea"})
    )
    assert ran.texts() == ["tea None"]


def test_the_clock_of_a_lab_is_moved_by_command(warden) -> None:
    driver = "import os, bench\nbench.command('clock', 'driver', advance=90)\n"
    driver += "print(open(os.environ['CLOCK_FILE']).read())"
    assert warden.run(make_request({"driver.py": driver})).texts() == ["90.0"]


def test_a_lane_that_dies_by_itself_later_is_only_a_lane_that_is_down(warden) -> None:
    files = {
        "other.py": "import time; time.sleep(0.1); raise SystemExit(3)",
        "driver.py": "import bench\nbench.wait_for('lane-down', lane='other')",
    }
    ran = warden.run(make_request(files, process("other", "python"), process("driver", "python")))
    assert ran.outcome == "finished"
    assert ran.of("lane-down", lane="other")[0]["data"]["exit"] == 3
