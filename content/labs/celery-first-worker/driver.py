"""What happens in this run, in order. Read-only: the learner sees it, the bench runs it."""

import os
import threading
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import bench
import shop

*early, frozen, late = bench.random.sample(range(1000, 10000), 4)


def place(order: int) -> None:
    """Place one order, and tell the bench what the customer saw."""
    request = Request(f"{os.environ['WEB_URL']}/orders/{order}", method="POST")
    try:
        with urlopen(request, timeout=6) as answer:
            status = answer.status
    except HTTPError as error:
        status = error.code
    except (URLError, TimeoutError):
        status = None
    bench.mark("answer", order=order, day=shop.load_order(order).day.isoformat(), status=status)


def two_seconds() -> None:
    """Let 2 s pass, and measure calls that have nothing to do with web or broker: the machine's share of every wait."""
    waits, end = [], time.monotonic() + 2.0
    while (begun := time.monotonic()) < end:
        urlopen(f"{os.environ['BACKOFFICE_URL']}/idle", timeout=5).close()
        waits.append(time.monotonic() - begun)
        bench.pause(0.2)
    bench.mark("baseline", seconds=round(sorted(waits)[int(len(waits) * 0.8)], 3))


for lane in ("backoffice", "worker-1", "web", "probe"):
    bench.wait_for("lane-up", lane=lane, deadline=5)

# A quiet start: two orders, one after the other.
for order in early:
    place(order)
bench.wait_until_quiet(deadline=3)

# The broker stops answering, and an order comes in.
if bench.knob("freeze"):
    bench.command("freeze", "broker")
customer = threading.Thread(target=place, args=(frozen,))
customer.start()
two_seconds()
if bench.knob("freeze"):
    bench.command("thaw", "broker")
customer.join()

# Back to normal.
place(late)
bench.wait_until_quiet(deadline=4)
