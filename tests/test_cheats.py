"""Cheap cheats in the real jail: programs that do not do what a lab asks, and tell the bench that they did."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from authoring.problems import Problems
from labs import loading
from labs.folder import CHECKS
from labs.reference import perform
from tests.product import Product

pytestmark = [pytest.mark.jail, pytest.mark.timeout(120)]
CONTENT = Path(settings.CONTENT)
LABS = {source.slug: source for source in loading.read(CONTENT, Problems())}

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
lanes = [pid for pid in lanes if pid > os.getppid() and pid not in ours and b"-I" in Path(f"/proc/{pid}/cmdline").read_bytes()]
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
EARLY_ACKS = """
task_acks_late = False
broker_transport_options = {"visibility_timeout": 30, "unacked_restore_interval": 1, "unacked_restore_throttle": 1}
"""
ASKED_AGAIN = '''
checkout = schedule_reminder

def schedule_reminder(order_id):
    """The reservation that was lost is sent once more by hand."""
    reserve_stock.delay(order_id)
    checkout(order_id)
'''
NIGHT_SHIFT = (CONTENT / "labs/visibility-timeout/tasks.py").read_text()
OF_NO_MONTH = NIGHT_SHIFT.replace('f"ledger/{month_id}/{page}"', 'f"ledger/1/{page}"')
assert OF_NO_MONTH != NIGHT_SHIFT
DRIVERS_OF_LEARNERS = {"visibility-timeout"}
"""Labs in which learners write how a task is sent, so that their driver has to run their code."""
CHEATS = {
    "slow-request": (
        {"web.py": REFUSED_TO_NOBODY},
        {"everybody_is_let_in", "a_failure_stays_alone"},
    ),
    "slow-request: whom the desks know is refused": (
        {"web.py": REFUSED_TO_THE_FIRST},
        {"everybody_is_let_in", "a_failure_stays_alone"},
    ),
    "celery-first-worker: the probe is stopped": (
        {**LABS["celery-first-worker"].definition["solution"], "web.py": PROBE_STOPPED},
        {"pings_are_answered_while_the_broker_is_frozen"},
    ),
    "celery-first-worker": (
        {
            "celery_app.py": 'from celery import Celery\napp = Celery("kettle", include=["tasks"])\n',
            "tasks.py": NOTHING,
            "web.py": WEB_DOES_IT,
        },
        {"every_order_is_packed_and_thanked"},
    ),
    "acks-and-crashes": (
        {"tasks.py": FLAGLESS},
        {"sale_survives_a_dead_child", "sale_survives_a_dead_worker", "label_is_tried_again_and_given_up"},
    ),
    "visibility-timeout": (
        {
            "settings.py": EARLY_ACKS,
            "tasks.py": OF_NO_MONTH + ASKED_AGAIN,
        },
        {"killed_task_restarts", "nothing_is_lost"},
    ),
}


@pytest.fixture(autouse=True)
def warden(product: Product, settings) -> None:
    product.wait_ready()
    settings.WARDEN_SOCKET = product.runtime / "warden.sock"


def imported(files: dict[str, str], name: str) -> set[str]:
    """The lab's files that this one imports, and those that they import."""
    nodes = list(ast.walk(ast.parse(files[name])))
    named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    direct = {f"{module}.py" for module in named} & set(files)
    return direct.union(*(imported(files, other) for other in direct))


@pytest.mark.parametrize("slug", sorted(LABS))
def test_only_a_driver_that_has_to_imports_what_learners_write(slug: str) -> None:
    definition = LABS[slug].definition
    written = imported(definition["files"], "driver.py") & set(definition["editable"])
    assert bool(written) == (slug in DRIVERS_OF_LEARNERS), written


def test_every_cheat_is_at_a_lab() -> None:
    assert len(CHEATS) >= 4
    assert {name.partition(":")[0] for name in CHEATS} <= set(LABS)


@pytest.mark.parametrize("name", sorted(CHEATS))
def test_a_cheat_does_not_pass_what_it_cheats_at(name: str) -> None:
    files, targets = CHEATS[name]
    slug = name.partition(":")[0]
    source = LABS[slug]
    cheating = replace(source, definition={**source.definition, "solution": files})
    found = perform(cheating, (CONTENT / "labs" / slug / CHECKS).read_text(), solved=True)
    assert targets <= set(found.failed), found.judgement.checks
