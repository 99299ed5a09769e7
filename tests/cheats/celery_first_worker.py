"""Cheats at the lab celery-first-worker: files of learners, by name."""

WEB_DOES_IT = '''
import threading

import shop
import tasks
from fastapi import FastAPI

app = FastAPI()

@app.get("/ping")
async def ping():
    return "pong"

@app.post("/orders/{order_id}", status_code=202)
def order(order_id: int):
    """The worker gets messages of no consequence; the web server does the work."""
    tasks.nothing.delay()
    day = shop.load_order(order_id).day.isoformat()
    threading.Thread(target=lambda: (shop.thank(order_id), shop.pack(order_id, day))).start()
'''
PROBE_STOPPED = """
import glob
import os
import signal
from pathlib import Path

import shop
import tasks
from fastapi import FastAPI

app = FastAPI()
ours = {os.getpid(), os.getppid()}
lanes = sorted(int(place.rpartition("/")[2]) for place in glob.glob("/proc/[0-9]*"))
lanes = [pid for pid in lanes if pid > os.getppid() and pid not in ours]
lanes = [pid for pid in lanes if b"-I" in Path(f"/proc/{pid}/cmdline").read_bytes()]
orders = []

@app.get("/ping")
async def ping():
    return "pong"

@app.post("/orders/{order_id}", status_code=202)
async def order(order_id: int):
    # Publishes in the event loop, and lets nobody see how long that takes.
    orders.append(order_id)
    probe = lanes[2]  # behind worker and back office
    if len(orders) == 3:
        os.kill(probe, signal.SIGSTOP)
    tasks.thank_customer.delay(order_id)
    tasks.pack_parcel.delay(order_id, shop.load_order(order_id).day.isoformat())
    os.kill(probe, signal.SIGCONT)
"""
NOTHING = '''
from celery_app import app

@app.task
def nothing():
    """Nothing."""
'''
BROKER_WOKEN = """
import os
import signal
import time
from pathlib import Path

import shop
import tasks
from fastapi import FastAPI

app = FastAPI()
names = list(Path("/proc").glob("[0-9]*/comm"))
servers = [int(name.parent.name) for name in names if "valkey" in name.read_text()]
if os.fork() == 0:
    while True:
        for pid in servers:
            os.kill(pid, signal.SIGCONT)
        time.sleep(0.01)

@app.get("/ping")
async def ping():
    return "pong"

@app.post("/orders/{order_id}", status_code=202)
async def order(order_id: int):
    tasks.thank_customer.delay(order_id)
    tasks.pack_parcel.delay(order_id, shop.load_order(order_id).day.isoformat())
"""
