"""The same label as a task of Celery. Read-only."""

import os

import bench
import shop
from celery import Celery

app = Celery("kettle", broker=os.environ["CELERY_BROKER_URL"])


@app.task(acks_late=bench.knob("late"))
def print_label(order: int) -> None:
    shop.print_label(order)
