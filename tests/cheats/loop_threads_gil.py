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
