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
