"""What happens in this run, in order. Read-only: the learner sees it, the bench runs it."""

import contextlib
import os
import threading
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import bench
import shop

first, second, late, *frozen = bench.random.sample(range(1000, 10000), 3 + bench.knob("orders_in_freeze"))


def place(order: int) -> None:
    """Place one order, and tell the bench what the customer saw."""
    request = Request(f"{os.environ['WEB_URL']}/orders/{order}", method="POST")
    try:
        with urlopen(request, timeout=10) as response:
            status = response.status
    except HTTPError as error:
        status = error.code
    except (OSError, HTTPException):  # no server, no response, or half of one
        status = None
    bench.mark("answer", order=order, day=shop.load_order(order).day.isoformat(), status=status)


def two_seconds() -> None:
    """How long the broker stays frozen once an order is there. No premise rests on it: it is the outage."""
    for _ in range(4):
        bench.pause(0.5)


for lane in ("backoffice", "worker-1", "web", "probe"):
    bench.wait_for("lane-up", lane=lane, deadline=15)

# A quiet start: two orders, one after the other.
place(first)
place(second)
bench.wait_until_quiet(deadline=6)

# The broker stops responding, and an order comes in, or several.
if bench.knob("freeze"):
    bench.command("freeze", "broker")
customers = [threading.Thread(target=place, args=(order,)) for order in frozen]
customers[0].start()
# If you froze the broker by hand before, the web server may be busy with an earlier order.
with contextlib.suppress(bench.Deadline):
    bench.wait_for("request-started", lane="web", path=f"/orders/{frozen[0]}", deadline=5)
for customer in customers[1:]:
    customer.start()
two_seconds()
if bench.knob("freeze"):
    bench.command("thaw", "broker")
for customer in customers:
    customer.join()

# Back to normal.
place(late)
bench.wait_until_quiet(deadline=8)
