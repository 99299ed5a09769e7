import os
import signal
import time

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded

app = Celery("mill")


@app.task
def exits():
    os._exit(7)


@app.task
def kills_itself():
    os.kill(os.getpid(), signal.SIGKILL)


@app.task(soft_time_limit=1)
def tidies_up():
    try:
        time.sleep(60)
    except SoftTimeLimitExceeded:
        return "tidied"


@app.task(time_limit=1)
def is_cut_off():
    time.sleep(60)


@app.task
def sleeps():
    time.sleep(60)
