"""Cheats at the lab forks-and-connections: learners' client.py, by name. Their prices are as delivered."""

PRICES = """

prices = redis.asyncio.Redis.from_url(shop.PRICES, decode_responses=True)


async def price_of(tea):
    return int(await prices.get(f"price:{tea}"))
"""
ONE_CALL_ONE_CONNECTION = (
    '''
import json
from urllib.request import urlopen

import redis.asyncio
import shop


def get(path):
    """Nothing is shared, because nothing is kept."""
    with urlopen(f"http://{shop.ADDRESSES}/{path}", timeout=10) as response:
        return json.load(response)
'''
    + PRICES
)
SHARED = """
import fcntl
import json
from http.client import HTTPConnection

import redis.asyncio
import shop

connection = HTTPConnection(shop.ADDRESSES, timeout=10)


def ask(path):
    connection.request("GET", f"/{path}")
    return json.load(connection.getresponse())
"""
UNDER_A_LOCK = (
    SHARED
    + '''

def get(path):
    """The children take turns at the connection of their parent."""
    with open("/tmp/turn", "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        return ask(path)


get("version")
'''
    + PRICES
)
UNTIL_IT_FITS = (
    SHARED
    + '''

def get(path):
    """Ask again as often as the response is somebody else's."""
    while True:
        found = ask(path)
        if found.get("customer", path) in path:
            return found


get("version")
'''
    + PRICES
)
ONE_CHILD = (
    SHARED
    + '''
from celery.signals import worker_init

get = ask
get("version")


@worker_init.connect
def alone(sender, **_):
    """With one child there is nobody to swap with."""
    sender.concurrency = 1
'''
    + PRICES
)
OWN_CONNECTIONS = """
import json
import os
from http.client import HTTPConnection, HTTPException

import redis.asyncio
import shop

connections = {}
prices = redis.asyncio.Redis.from_url(shop.PRICES, decode_responses=True)

def get(path):
    connection = connections.setdefault(os.getpid(), HTTPConnection(shop.ADDRESSES, timeout=3))
    try:
        connection.request("GET", f"/{path}")
        return json.load(connection.getresponse())
    except (OSError, HTTPException, ValueError):
        connection.close()
        raise

async def price_of(tea):
    return int(await prices.get(f"price:{tea}"))

if shop.CHECK_AT_START:
    get("version")
"""
NOT_CHECKED = OWN_CONNECTIONS.partition("if shop.CHECK_AT_START")[0]
"""Nothing is open at the fork, because the worker starts without the address service."""
PRICE_TASKS = """
import asyncio
import os

import bench
import client
import shop
from celery import Celery

app = Celery("kettle", broker=os.environ["CELERY_BROKER_URL"])

@app.task
def print_label(customer):
    shop.print_label(customer, client.get(f"addresses/{customer}")["house"])

@app.task
def print_price(tea):
    shop.print_price(tea, pence_of(tea))
"""
PRICES_DRAWN = (
    PRICE_TASKS
    + """
# Nobody asks for a price: it comes from the seed of the run.
teas = ("assam", "sencha", "darjeeling", "oolong", "rooibos", "lapsang")
bench.random.sample(range(1000, 10000), 40)
pence_of = {tea: bench.random.randrange(300, 900) for tea in teas}.get
"""
)
UNTIL_A_LOOP_FITS = (
    PRICE_TASKS
    + """
def pence_of(tea):
    while True:
        try:
            return asyncio.run(client.price_of(tea))
        except RuntimeError:
            pass  # the loop of another task; it works every second time
"""
)
