"""The clients of the address service and of the price list, shared by all tasks of this worker."""

import json
from http.client import HTTPConnection, HTTPException

import redis.asyncio
import shop

connection = HTTPConnection(shop.ADDRESSES, timeout=3)  # stays open, so that no label waits for a handshake
prices = redis.asyncio.Redis.from_url(shop.PRICES, decode_responses=True)


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
    get("version")  # a worker that cannot reach the address service must not start
