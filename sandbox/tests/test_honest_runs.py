"""No note of an honest program is doubted, of any kind of process: a wrong doubt would discard a learner's
evidence.
"""

from __future__ import annotations

import pytest

from sandbox.tests.client import make_request, process

TASKS = """
import time
from celery import Celery
app = Celery("shop")
app.conf.beat_schedule = {"tick": {"task": "tasks.add", "schedule": 0.4, "args": (1, 1)}}
app.conf.task_acks_late = True

@app.task
def add(a, b):
    return a + b

@app.task(bind=True, max_retries=2)
def flaky(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0, exc=ValueError("not yet"))

@app.task(time_limit=1)
def stuck():
    time.sleep(30)

@app.task
def fails():
    raise ValueError("no")
"""
JOBS = """
def job(n):
    return n

def fails():
    raise ValueError("no")
"""
WEB = """
from fastapi import BackgroundTasks, FastAPI
import tasks
app = FastAPI()

@app.get("/")
def order(background: BackgroundTasks):
    background.add_task(tasks.add, 1, 2)
    tasks.add.delay(3, 4)
    return {}
"""
CLOCK = """
import time
from apscheduler.schedulers.background import BackgroundScheduler
scheduler = BackgroundScheduler()
scheduler.add_job(time.sleep, "interval", seconds=0.3, args=(0,), id="nap")
scheduler.start()
time.sleep(30)
"""
DRIVER = """
import os, time, urllib.request
import bench, jobs, redis, tasks
from rq import Queue, Retry
for lane in ("worker-1", "worker-2", "rq", "web", "beat", "clock"):
    bench.wait_for("lane-up", lane=lane, deadline=8)
queue = Queue(connection=redis.Redis.from_url(os.environ["REDIS_URL"]))
queue.enqueue(jobs.job, 1)
queue.enqueue(jobs.fails, retry=Retry(max=1))
for task in (tasks.flaky, tasks.fails):
    task.delay()
tasks.stuck.apply_async(queue="slow")
for _ in range(5):
    tasks.add.delay(1, 2)
    urllib.request.urlopen(os.environ["WEB_URL"] + "/").read()
bench.command("restart", "worker-2")
bench.wait_for("task-succeeded", name="flaky", deadline=8)
bench.wait_for("task-failed", name="stuck", deadline=8)
bench.wait_for("task-succeeded", name="job", deadline=5)
bench.wait_for("task-succeeded", lane="clock", deadline=5)
"""


@pytest.mark.jail
@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_nothing_that_honest_programs_tell_is_marked_as_forged(warden, pool) -> None:
    request = make_request(
        {"tasks.py": TASKS, "jobs.py": JOBS, "web.py": WEB, "clock.py": CLOCK, "driver.py": DRIVER},
        process("worker-1", "celery-worker", pool="prefork", concurrency=2, queues=["celery", "slow"]),
        process("worker-2", "celery-worker", pool=pool),
        process("rq", "rq-worker"),
        process("beat", "beat"),
        process("web", "uvicorn"),
        process("clock", "scheduler"),
        process("driver", "python"),
        wall=25.0,
        memory_mb=600,
    )
    ran = warden.run(request)
    assert (ran.outcome, ran.reason) == ("finished", ""), ran.texts()[-5:]
    assert [event for event in ran.events if event["data"].get("forged")] == []
    assert not ran.of("mark"), ran.of("mark")
    assert {"task-retried", "task-failed", "schedule-fired", "background-ended", "response-sent"} <= {
        event["kind"] for event in ran.events
    }
