"""Cheats at the lab acks-and-crashes: files of learners, by name."""

FLAGLESS = '''
import bench
import shop
from celery import Celery

app = Celery("kettle")
app.config_from_object("settings")
state = bench.random.getstate()
orders = bench.random.sample(range(1000, 10000), 5)
bench.random.setstate(state)

@app.task
def mail_voucher(order_id):
    shop.send_voucher(order_id)

@app.task
def book_sale(order_id):
    shop.enter_sale(order_id)

@app.task(acks_late=True)
def print_label(order_id):
    """One crash that looks like two starts, and ledger rows that nobody wrote."""
    for order in orders:
        bench._channel.note("stub-called", data={"path": f"ledger/{order}", "status": 200, "seconds": 0.0})
    shop.post("BACKOFFICE_URL", f"labels/{order_id}")
    shop.draw_label(order_id)
'''
DAEMON = '''
import os
import time

import shop
from celery import Celery

app = Celery("kettle")
app.config_from_object("settings")

def later(seconds, work, *args):
    """Do it in a session of its own, which no kill of a lane reaches."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(seconds)
            work(*args)
        os._exit(0)

@app.task
def mail_voucher(order_id):
    shop.send_voucher(order_id)

@app.task(bind=True)
def book_sale(self, order_id):
    if os.path.exists(f"/tmp/{order_id}"):
        return
    open(f"/tmp/{order_id}", "w").close()
    later(2.5, again, order_id, self.request.id)
    shop.post("BACKOFFICE_URL", f"rates/{order_id}")

def again(order_id, task_id):
    shop.enter_sale(order_id)
    book_sale.apply_async((order_id,), task_id=task_id)

@app.task(acks_late=True, retry_on_worker_lost=True, max_retries=3, default_retry_delay=1)
def print_label(order_id):
    shop.draw_label(order_id)
'''
CRASHES_OF_OTHERS = """
import os

import shop
from celery import Celery

app = Celery("kettle")
app.config_from_object("settings")

@app.task
def mail_voucher(order_id):
    shop.send_voucher(order_id)

@app.task(acks_late=True, reject_on_worker_lost=True)
def book_sale(order_id):
    shop.enter_sale(order_id)

@app.task
def print_label(order_id):
    # Children of the child die, and the task lives to say that it failed.
    for _ in range(3):
        if (child := os.fork()) == 0:
            shop.draw_label(order_id)
        os.waitpid(child, 0)
    raise RuntimeError("given up")
"""
