"""The shop around the queue: orders, and the two calls that tasks make. Read-only."""

import os
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.request import Request, urlopen


@dataclass
class Order:
    """An order as the web process holds it."""

    id: int
    day: date       # when the parcel leaves
    teas: set[str]


def load_order(order_id: int) -> Order:
    """Read one order; a table in real life. The weekday depends on the number."""
    return Order(order_id, date(2026, 6, 12) + timedelta(days=order_id % 5), {"assam", "sencha"})


def post(path: str) -> None:
    """Call the back office, a server on loopback that counts every call."""
    request = Request(f"{os.environ['BACKOFFICE_URL']}/{path}", method="POST")
    urlopen(request, timeout=30).close()


def thank(order_id: int) -> None:
    post(f"thanks/{order_id}")


def pack(order_id: int, day: str) -> None:
    """`day` as `2026-06-12`: the packing service takes plain values and nothing else."""
    if type(order_id) is not int or type(day) is not str:
        raise TypeError(f"pack(int, str) was called as pack({type(order_id).__name__}, {type(day).__name__})")
    post(f"parcels/{order_id}/{day}")
