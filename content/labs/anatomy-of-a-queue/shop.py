"""The shop around the queue. Read-only: where orders come from, and how a label is printed."""

import os
from collections.abc import Iterator
from urllib.request import Request, urlopen

import bench

NUMBER = 20
*ORDERS, FOR_CELERY = bench.random.sample(range(1000, 10000), NUMBER + 1)
ABROAD = ORDERS[bench.random.randrange(3, 9)]  # the one order whose label is slow


def orders() -> Iterator[int]:
    """The orders of the day, one after the other. Waits until the shop opens."""
    bench.wait_for("mark", lane="driver", text="the shop opens", deadline=60)
    yield from ORDERS


def path(order: int) -> str:
    """What the printer is asked for."""
    return f"abroad/{order}" if order == ABROAD else f"labels/{order}"


def print_label(order: int) -> None:
    """Print a label. Returns when the paper is out of the printer: after 0.1 s, for abroad after 3 s."""
    bench.mark(f"printing {order}", order=order, step="begun")
    request = Request(f"{os.environ['PRINTER_URL']}/{path(order)}", method="POST")
    urlopen(request, timeout=60).close()
    bench.mark(f"printed {order}", order=order, step="ended")
