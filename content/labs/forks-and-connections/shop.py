"""The shop around the worker: where the services are, and what a printer is asked for. Read-only."""

import os
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import bench

ADDRESSES = urlsplit(os.environ["ADDRESSES_URL"]).netloc  # host and port of the address service
PRICES = os.environ["REDIS_URL"]  # Valkey has the prices, under keys such as price:assam
CHECK_AT_START = bench.knob("check_at_start")


def _print(path: str) -> None:
    """Ask the label printer, each time on a new connection."""
    urlopen(Request(f"{os.environ['PRINTER_URL']}/{path}", method="POST"), timeout=10).close()


def print_label(customer: int, house: str) -> None:
    """A label for this customer with this house number. Each customer's house has the customer's number."""
    _print(f"labels/{customer}/{house}")


def print_price(tea: str, pence: int) -> None:
    _print(f"prices/{tea}/{pence}")
