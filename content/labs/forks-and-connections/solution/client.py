"""The clients of the address service and of the price list. Each child of the worker opens its own."""

import asyncio
import json
from http.client import HTTPConnection, HTTPException

import redis.asyncio
import shop
from celery.signals import worker_process_init

connection: HTTPConnection
prices: redis.asyncio.Redis
runner: asyncio.Runner


def new_connection() -> HTTPConnection:
    return HTTPConnection(shop.ADDRESSES, timeout=10)


@worker_process_init.connect
def open_clients(**_: object) -> None:
    """Celery calls this in each child, after the fork and before the first task."""
    global connection, prices, runner
    connection = new_connection()
    prices = redis.asyncio.Redis.from_url(shop.PRICES, decode_responses=True)
    runner = asyncio.Runner()  # one loop for all tasks of this child


def get(path: str) -> dict[str, str]:
    """One request to the address service. After a failure, the next one opens the connection again."""
    try:
        connection.request("GET", f"/{path}")
        return json.load(connection.getresponse())
    except (OSError, HTTPException, ValueError):
        connection.close()
        raise


async def price_of(tea: str) -> int:
    return int(await prices.get(f"price:{tea}"))


if shop.CHECK_AT_START:
    connection = new_connection()
    get("version")
    connection.close()  # nothing stays open for the children to inherit
