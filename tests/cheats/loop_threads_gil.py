"""Cheats at the lab loop-threads-gil: files of learners, by name."""

ROUTE = """
import os
import select
import signal
import socket
import threading

import sales
from fastapi import APIRouter, BackgroundTasks

router = APIRouter()
RUNS_ON = "thread"

@router.post("/reports/{report_id}", status_code=202)
async def ask_for_report(report_id: int, background: BackgroundTasks):
    background.add_task(make_report, report_id)
"""
NOTHING_ADDED_UP = (
    ROUTE
    + '''
def make_report(report_id):
    """The tills are asked and the office is told, but nobody adds up."""
    sales.fetch(report_id)
    sales.tell_office(report_id, 0)
'''
)
PINGS_FROM_A_SECOND_PROCESS = (
    ROUTE.replace('"thread"', '"loop"')
    + '''
PONG = b'HTTP/1.1 200 OK\\r\\nContent-Length: 6\\r\\nConnection: close\\r\\n\\r\\n"pong"'

def listening():
    """The socket on which the web server accepts."""
    for fd in range(3, 64):
        try:
            found = socket.socket(fileno=os.dup(fd))
            if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return found
        except OSError:
            continue

def answer_everybody(door):
    while select.select([door], [], []):
        try:
            client, _ = door.accept()
        except BlockingIOError:
            continue
        client.recv(65536)
        client.sendall(PONG)
        client.close()

async def make_report(report_id):
    """The loop is blocked as before, and meanwhile another process says pong."""
    door = listening()
    if (child := os.fork()) == 0:
        answer_everybody(door)
    receipts = sales.fetch(report_id)
    total = sales.add_up(report_id, receipts)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    sales.tell_office(report_id, total)
'''
)
NICE = (
    ROUTE
    + '''
def make_report(report_id):
    """The thread asks the kernel for little, and takes the GIL all the same."""
    os.nice(19)
    receipts = sales.fetch(report_id)
    total = sales.add_up(report_id, receipts)
    sales.tell_office(report_id, total)
'''
)
BARE_THREADS = (
    ROUTE
    + '''
def make_report(report_id):
    """The background function ends at once; a thread that nobody waits for makes the report."""
    threading.Thread(target=make_it, args=(report_id,)).start()

def make_it(report_id):
    receipts = sales.fetch(report_id)
    total = sales.add_up(report_id, receipts)
    sales.tell_office(report_id, total)
'''
)
THREADS = """
import threading
import time

import sales
from fastapi import APIRouter, BackgroundTasks

router = APIRouter()
RUNS_ON = "thread"

@router.post("/reports/{report_id}", status_code=202)
def ask_for_report(report_id: int, background: BackgroundTasks) -> None:
    background.add_task(make_report, report_id)
"""
PUT_OFF = (
    THREADS
    + """
def make_report(report_id: int) -> None:
    receipts = sales.fetch(report_id)
    time.sleep(1)  # the pings are over by then
    sales.tell_office(report_id, sales.add_up(report_id, receipts))
"""
)
ADDED_BEFORE = (
    THREADS
    + """
def make_report(report_id: int) -> None:
    asked = []
    fetch = threading.Thread(target=lambda: asked.append(sales.fetch(report_id)))
    fetch.start()
    total = sales.add_up(report_id, 300_000)  # it is always so many; the tills need not have responded
    fetch.join()
    sales.tell_office(report_id, total)
"""
)
SLOW_BEFORE = (
    THREADS
    + """
asked = threading.Event()

def be_busy():
    while not asked.is_set():
        sum(range(1_000_000))

for _ in range(4):
    threading.Thread(target=be_busy, daemon=True).start()

def make_report(report_id: int) -> None:
    asked.set()
    receipts = sales.fetch(report_id)
    sales.tell_office(report_id, sales.add_up(report_id, receipts))
"""
)
"""The pings are slow before the reports, so that slow pings look like those of a busy machine."""
