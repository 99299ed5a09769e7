"""What happens in this run, in order. Read-only: the learner sees it, the bench runs it."""

import contextlib
import json
import os
import random
import threading
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import bench
import shop

WAITS = "INFO:     Waiting for background tasks to complete. (CTRL+C to force quit)"
PATHS = {order: shop.path(order, address) for order, address in shop.ADDRESSES.items()}


def place(order: int) -> None:
    """Place one order, and tell the bench what the customer saw."""
    request = Request(f"{os.environ['WEB_URL']}/orders/{order}", method="POST")
    begun, status = time.monotonic(), None
    try:
        with urlopen(request, timeout=10) as response:
            status = response.status
    except HTTPError as error:
        status = error.code
    except (OSError, HTTPException) as error:  # no server, no response, or half of one
        bench.mark(f"order {order}: {error}")
    seen[order] = status
    bench.mark("answer", order=order, status=status, seconds=round(time.monotonic() - begun, 3))


def held_mails() -> list[int]:
    """The orders whose e-mails have reached the mail server, once no further one comes."""
    found: list[int] = []
    with contextlib.suppress(bench.Deadline):
        while len(found) < list(seen.values()).count(201):
            path = bench.wait_for("stub-received", lane="mail", deadline=3).data["path"]
            found += [order for order in PATHS if PATHS[order] == path and order not in found]
    return found


def stop() -> None:
    """SIGTERM. Returns when the web server has begun to wait for its background functions."""
    bench.command("terminate", "web")
    with contextlib.suppress(bench.Deadline):
        bench.wait_for("log", lane="web", text=WAITS, deadline=1)
    for _ in range(bench.knob("terms") - 1):
        bench.command("terminate", "web")


def lost_orders() -> list[int] | None:
    """What lost.json says: a list of numbers, or None."""
    try:
        said = json.loads(shop.LOST.read_text()[:4000])
    except (OSError, ValueError):
        return None
    return said[:50] if isinstance(said, list) and all(type(one) is int for one in said) else None


for lane in ("mail", "web", "database"):
    bench.wait_for("lane-up", lane=lane, deadline=15)
bench.wait_for("mark", lane="database", text="the database accepts connections", deadline=15)

# All customers order at the same moment. The mail server receives its calls and does not respond.
for path in PATHS.values():
    bench.hold("mail", path=path)
seen: dict[int, int | None] = {}
customers = [threading.Thread(target=place, args=(order,)) for order in PATHS]
for customer in customers:
    customer.start()
for customer in customers:
    customer.join()
held = held_mails()

# A deploy: SIGTERM. When the server waits, the mail server responds again, but not to all e-mails. Which ones
# it leaves out comes from the machine's own random numbers, so no program can know it from the run's seed.
begun = time.monotonic()
stop()
unanswered = random.SystemRandom().sample(held, min(len(held), bench.knob("silent")))
released = [order for order in held if order not in unanswered]
bench.mark("released", orders=released)
for order in released:
    bench.release("mail", path=PATHS[order])

# The deploy waits for the end of the server, and then it uses SIGKILL.
try:
    left = begun + bench.knob("patience") - time.monotonic()
    bench.wait_for("lane-down", lane="web", deadline=max(0.0, left))
except bench.Deadline:
    bench.command("kill", "web")
    with contextlib.suppress(bench.Deadline):
        bench.wait_for("lane-down", lane="web", deadline=5)

# Nobody waits for those e-mails any longer. What did the server write down before it ended?
with contextlib.suppress(bench.Deadline):
    for order in unanswered:
        bench.wait_for("stub-called", lane="mail", path=PATHS[order], deadline=2)
bench.release("mail")
bench.mark("lost.json", orders=lost_orders())
