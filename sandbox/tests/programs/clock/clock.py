import threading

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler

scheduler = BlockingScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone="UTC")
calls = []


def slow():
    calls.append(1)
    if len(calls) == 1:
        threading.Event().wait(1.5)


scheduler.add_job(slow, "interval", seconds=0.4, id="slow")
scheduler.add_job(slow, "interval", seconds=0.4, id="quick", misfire_grace_time=1, max_instances=3)
scheduler.start()
