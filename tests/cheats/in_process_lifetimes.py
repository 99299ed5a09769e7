"""Cheats at the lab in-process-lifetimes: files of learners, by name."""

POOL_OF_100 = """
import json
from contextlib import asynccontextmanager
from typing import Annotated

import shop
from fastapi import BackgroundTasks, Depends, FastAPI

GRACE = 2
for _ in range(97):  # a session for everybody, for as long as it likes
    shop.free.put(None)

@asynccontextmanager
async def lifespan(app):
    yield
    with shop.open_session() as session:
        shop.LOST.write_text(json.dumps(session.unmailed()))

app = FastAPI(lifespan=lifespan)

def get_session():
    with shop.open_session() as session:
        yield session

@app.post("/orders/{order}", status_code=201)
def place(order: int, background: BackgroundTasks, session: Annotated[shop.Session, Depends(get_session)]):
    session.place(order)
    background.add_task(confirm, session, order)

def confirm(session, order):
    address = session.address_of(order)
    shop.send_mail(order, address)
    session.note_mailed(order)
"""
SHORT_SESSIONS = """
import json
import os
import signal
from contextlib import asynccontextmanager

import shop
from fastapi import BackgroundTasks, FastAPI

GRACE = 2
app = FastAPI()
placed = []

@app.post("/orders/{order}", status_code=201)
def place(order: int, background: BackgroundTasks):
    with shop.open_session() as session:
        session.place(order)
    placed.append(order)
    PLACED
    background.add_task(confirm, order)

def confirm(order):
    with shop.open_session() as session:
        address = session.address_of(order)
    CONFIRM
    with shop.open_session() as session:
        session.note_mailed(order)
"""
EVERYBODY_IS_LOST = SHORT_SESSIONS.replace("PLACED", "shop.LOST.write_text(json.dumps(placed))").replace(
    "CONFIRM", "shop.send_mail(order, address)"
)
"""Nobody finds out who has an e-mail: the list names every order, from its first moment on."""
STARTED = """
@asynccontextmanager
async def no_grace(app):
    signal.signal(signal.SIGTERM, leave)  # uvicorn has set its own before
    yield

def leave(number, frame):
    shop.LOST.write_text(json.dumps(placed))
    os._exit(0)

app = FastAPI(lifespan=no_grace)
"""
ENDS_AT_ONCE = (
    SHORT_SESSIONS.replace("app = FastAPI()\n", STARTED)
    .replace("PLACED", "pass")
    .replace("CONFIRM", "shop.send_mail(order, address)")
)
"""Nobody is waited for, and the list says so: e-mails that were on their way are lost for no reason."""
A_DAEMON_SENDS = SHORT_SESSIONS.replace("PLACED", "shop.LOST.write_text('[]')").replace(
    "CONFIRM",
    """if os.fork() == 0:  # a session of its own, which outlives the server
        os.setsid()
        shop.send_mail(order, address)
        os._exit(0)""",
)
ONE_SESSION = (
    POOL_OF_100.replace("range(97)", "range(0)")
    .replace("Depends(get_session)", 'Depends(get_session, scope="function")')
    .replace("confirm, session, order", "confirm, order")
    .replace("def confirm(session, order):", "def confirm(order):\n  with shop.open_session() as session:")
)
"""A session of its own, open all the while: customers are content, and most e-mails find no connection."""
GRACE_OF_3 = """
import contextlib
import json
import os

import bench
import shop
from fastapi import BackgroundTasks, FastAPI

GRACE = 3
"""
STORED_LATER = (
    GRACE_OF_3
    + """
@contextlib.asynccontextmanager
async def life(app):
    yield
    with shop.open_session() as session:
        shop.LOST.write_text(json.dumps(session.unmailed()))

app = FastAPI(lifespan=life)

@app.post("/orders/{order}", status_code=201)
def place(order: int, background: BackgroundTasks):
    background.add_task(confirm, order)

def confirm(order):
    with shop.open_session() as session:
        session.place(order)
        address = session.address_of(order)
    shop.send_mail(order, address)
    with shop.open_session() as session:
        session.note_mailed(order)
"""
)
NOTED_FIRST = (
    GRACE_OF_3
    + """
unmailed = []

@contextlib.asynccontextmanager
async def life(app):
    yield
    shop.LOST.write_text(json.dumps(unmailed))

app = FastAPI(lifespan=life)

@app.post("/orders/{order}", status_code=201)
def place(order: int, background: BackgroundTasks):
    with shop.open_session() as session:
        session.place(order)
        address = session.address_of(order)
        session.note_mailed(order)
    unmailed.append(order)
    background.add_task(confirm, order, address)

def confirm(order, address):
    shop.send_mail(order, address)
    unmailed.remove(order)
"""
)
LAST_ONES_ARE_LOST = (
    GRACE_OF_3
    + """
asked = []

@contextlib.asynccontextmanager
async def life(app):
    yield
    # The last ones never get a response.
    silent = bench.knob("silent")
    shop.LOST.write_text(json.dumps(asked[len(asked) - silent:]))

app = FastAPI(lifespan=life)

@app.post("/orders/{order}", status_code=201)
def place(order: int, background: BackgroundTasks):
    with shop.open_session() as session:
        session.place(order)
        address = session.address_of(order)
    background.add_task(confirm, order, address)

def confirm(order, address):
    asked.append(order)
    shop.send_mail(order, address)
    with shop.open_session() as session:
        session.note_mailed(order)
"""
)
