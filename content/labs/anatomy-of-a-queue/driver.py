"""What happens in this run, in order. Read-only: the learner sees it, the bench runs it."""

import contextlib
import os
import time
from collections.abc import Callable

import bench
import redis
import shop
from celery import Celery

WORKERS = ("worker-1", "worker-2")
MOST = {"list": "llen", "hash": "hlen", "zset": "zcard", "set": "scard"}
VICTIM = shop.ORDERS[shop.ORDERS.index(shop.ABROAD) + 1]
broker = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
broker.config_set("notify-keyspace-events", "KElhg")
running = set(WORKERS)
news = broker.pubsub(ignore_subscribe_messages=True)
news.psubscribe("__keyevent@0__:*")


def contents() -> dict[str, int]:
    """How many entries each list, hash and set of the broker has."""
    kinds = {key: broker.type(key) for key in sorted(broker.scan_iter())}
    return {key: getattr(broker, MOST[kind])(key) for key, kind in kinds.items() if kind in MOST}


def tell(when: str) -> None:
    """Write into the trace what the broker holds."""
    held = contents()
    words = ", ".join(f"{key} {number}" for key, number in held.items()) or "nothing"
    bench.mark(f"{when}: {words}", when=when, held=held, lists={key: held.get(key, 0) for key in lists()})


def holder(order: int) -> str:
    """The lane whose call for this label has reached the printer, and waits there."""
    lane = bench.wait_for("mark", order=order, step="begun", deadline=8).lane
    bench.wait_for("stub-received", lane="printer", path=shop.path(order), deadline=8)
    return lane


def kill(lane: str) -> None:
    """Kill a worker that waits for the printer, which then drops what it has not printed."""
    bench.command("kill", lane)
    bench.wait_for("lane-down", lane=lane, deadline=5)
    running.discard(lane)
    bench.wait_for("stub-called", lane="printer", caller_gone=True, deadline=5)


def kill_and_start() -> None:
    """Kill as many holders as the knob says, the ordinary label's first. Start only that one again."""
    held = [shop.ABROAD, VICTIM]
    lanes = [holder(order) for order in held]
    tell("two labels being printed")
    killed = bench.knob("kills")
    for lane in lanes[::-1][:killed]:
        kill(lane)
    if killed:
        tell("after the kill")
        bench.command("start", lanes[1])
        bench.wait_for("lane-up", lane=lanes[1], deadline=15)
        running.add(lanes[1])
        # The label for abroad stays with its worker until the other one has come back.
        for order in held[::-1][:killed]:
            bench.wait_for("stub-received", lane="printer", path=shop.path(order), deadline=5)
            bench.release("printer", path=shop.path(order))


def wait_for_paper() -> None:
    """Wait until every label is printed, nothing has been printed for a while, or far too much has been."""
    missing, patience = {shop.path(order) for order in shop.ORDERS}, bench.knob("slow_label") + 1
    with contextlib.suppress(bench.Deadline):
        for _ in range(3 * shop.NUMBER):
            if not missing:
                break
            call = bench.wait_for("stub-called", lane="printer", deadline=patience)
            if not call.data.get("caller_gone"):
                missing.discard(call.data["path"])
    # The last label is out. Its worker still has to say so.
    results = shop.NUMBER - len(missing)
    watch_keys(lambda: lists() or broker.hlen("printed") < results)


def watch_keys(is_busy: Callable[[], object]) -> None:
    """Look again whenever a key of the broker changes, until nothing is busy any longer; 3 s at most."""
    until = time.monotonic() + 3
    while is_busy() and time.monotonic() < until:
        news.get_message(timeout=1)


def lists() -> list[str]:
    return list(broker.scan_iter(_type="list"))


for lane in (*WORKERS, "web", "printer"):
    bench.wait_for("lane-up", lane=lane, deadline=15)

# Act 1: twenty orders. One worker is killed while it holds a label, and the other one holds a slow label.
bench.hold("printer", path=shop.path(shop.ABROAD))
bench.hold("printer", path=shop.path(VICTIM))
bench.mark("the shop opens")
with contextlib.suppress(bench.Deadline):
    kill_and_start()
bench.release("printer")
wait_for_paper()
tell("the end of act 1")
bench.mark("results", orders=sorted(broker.hkeys("printed")))

# Act 2: the same list, with Celery. The message is sent before there is a worker.
for lane in sorted(running):
    bench.command("kill", lane)
    with contextlib.suppress(bench.Deadline):
        bench.wait_for("lane-down", lane=lane, deadline=2)
broker.flushdb()
app = Celery(broker=os.environ["CELERY_BROKER_URL"])
app.send_task("celery_labels.print_label", [shop.FOR_CELERY], queue="labels")
tell("Celery, sent")
bench.hold("printer", path=shop.path(shop.FOR_CELERY))
bench.command("start", "celery-1")
holder(shop.FOR_CELERY)
if not bench.knob("late"):
    watch_keys(lambda: broker.hlen("unacked"))  # the acknowledgement is sent while the task begins
tell("Celery, printing")
kill("celery-1")
tell("Celery, killed")
