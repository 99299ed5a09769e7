"""Cheats at the lab slow-request: files of learners, by name."""

REFUSED_TO_NOBODY = """
import threading
from urllib.error import HTTPError

import club
from fastapi import BackgroundTasks, FastAPI

app = FastAPI()

@app.get("/ping")
async def ping():
    return "pong"

def try_it(desk):
    try:
        desk(0)
    except HTTPError:
        pass

# Member 0, who is nobody, takes the refusals upon herself.
for desk in [club.send_welcome] * 5 + [club.tell_crm] * 3 + [club.count_signup]:
    threading.Thread(target=try_it, args=(desk,)).start()

@app.post("/members/{member_id}", status_code=201)
def join(member_id: int, background: BackgroundTasks):
    club.open_card(member_id)
    for desk in (club.send_welcome, club.tell_crm, club.count_signup):
        background.add_task(desk, member_id)
"""
REFUSED_TO_THE_FIRST = """
import threading
from urllib.error import HTTPError

import club
from fastapi import BackgroundTasks, FastAPI

app = FastAPI()
told = []

@app.get("/ping")
async def ping():
    return "pong"

def try_it(desk, member_id):
    try:
        desk(member_id)
    except HTTPError:
        pass

def tell_the_first_of_all(member_id):
    # Whom every desk knows already takes the refusals upon herself.
    for desk in [club.send_welcome] * 5 + [club.tell_crm] * 3 + [club.count_signup]:
        threading.Thread(target=try_it, args=(desk, member_id)).start()

@app.post("/members/{member_id}", status_code=201)
def join(member_id: int, background: BackgroundTasks):
    club.open_card(member_id)
    told.append(member_id)
    if len(told) == 1:
        background.add_task(tell_the_first_of_all, member_id)
        return
    for desk in (club.send_welcome, club.tell_crm, club.count_signup):
        background.add_task(desk, member_id)
"""
BARE_THREADS = """
import threading

import club
from fastapi import FastAPI

app = FastAPI()

@app.get("/ping")
async def ping():
    return "pong"

@app.post("/members/{member_id}", status_code=201)
def join(member_id: int):
    club.open_card(member_id)
    for desk in (club.send_welcome, club.tell_crm, club.count_signup):
        threading.Thread(target=desk, args=(member_id,)).start()
"""
REFUSAL_HUSHED_UP = """
import club
from fastapi import BackgroundTasks, FastAPI

app = FastAPI()

@app.get("/ping")
async def ping():
    return "pong"

def quietly(desk, member_id):
    try:
        desk(member_id)
    except Exception:
        pass

@app.post("/members/{member_id}", status_code=201)
def join(member_id: int, background: BackgroundTasks):
    club.open_card(member_id)
    for desk in (club.send_welcome, club.tell_crm, club.count_signup):
        background.add_task(quietly, desk, member_id)
"""
OUTAGE_BY_SIGNAL = """
import os
import signal

import club
from fastapi import FastAPI

app = FastAPI()
asked = []

@app.get("/ping")
async def ping():
    return "pong"

@app.post("/members/{member_id}", status_code=201)
def join(member_id: int):
    # Everything happens inside the request; the desks are to refuse at once.
    if not asked:
        for place in (2, 3, 4):
            os.kill(os.getpid() + place, signal.SIGUSR1)
    asked.append(member_id)
    club.open_card(member_id)
    for desk in (club.send_welcome, club.tell_crm, club.count_signup):
        try:
            desk(member_id)
        except OSError as error:
            print(member_id, error)
"""
SLEEPERS = """
import logging
import threading
import time

import club
from fastapi import BackgroundTasks, FastAPI

app = FastAPI()

@app.get("/ping")
async def ping():
    return "pong"

def tell_everybody(member_id):
    for service in (club.send_welcome, club.tell_crm, club.count_signup):
        try:
            service(member_id)
        except OSError as error:
            logging.error("member %s: %s", member_id, error)

# A bare thread does the work; a background task beside it lasts as long as the work should, or longer.
@app.post("/members/{member_id}", status_code=201)
def join(member_id: int, background: BackgroundTasks):
    club.open_card(member_id)
    background.add_task(time.sleep, SECONDS)
    time.sleep(0.02)
    threading.Timer(0.05, tell_everybody, (member_id,)).start()
"""
