"""Tasks that write down what they do: each line of the record is a JSON list of name, number and outcome."""

import json
import os
import time

from celery import Celery
from celery.exceptions import Ignore

RECORD = "/tmp/record"
app = Celery("any")
app.conf.task_acks_late = True


def note(task, outcome):
    line = json.dumps([task.name, task.request.id, outcome]) + "\n"
    record = os.open(RECORD, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(record, line.encode())  # one write: lines of two processes do not mix
    os.close(record)


@app.task(bind=True)
def sleeps(self, *_):
    time.sleep(0.02)
    note(self, "succeeded")


@app.task(bind=True)
def fails(self, *_):
    note(self, "failed")
    raise ValueError("no")


@app.task(bind=True, max_retries=2)
def retries(self, *_):
    if self.request.retries < 1:
        note(self, "retried")
        raise self.retry(countdown=0)
    note(self, "succeeded")


@app.task(bind=True)
def ignores(self, *_):
    note(self, "ignored")
    raise Ignore


@app.task(bind=True)
def replaces(self, *_):
    note(self, "replaced")
    raise self.replace(sleeps.si())


@app.task(bind=True)
def eager(self, *_):
    sleeps.apply()
    note(self, "succeeded")


@app.task(bind=True)
def prints(self, *_):
    os.write(1, b"a line\n" * 50)
    note(self, "succeeded")
