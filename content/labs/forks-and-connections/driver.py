"""What happens in this run, in order. Read-only: the learner sees it, the bench runs it."""

import contextlib
import os
import secrets
import signal

import bench
import redis
from celery import Celery

CHILDREN, LABELS = bench.knob("children"), 40
TEAS = ("assam", "sencha", "darjeeling", "oolong", "rooibos", "lapsang")
customers = bench.random.sample(range(1000, 10000), LABELS)
pence = {tea: 300 + secrets.randbelow(600) for tea in TEAS}  # no seed: a price can only be read
app = Celery(broker=os.environ["CELERY_BROKER_URL"])


def ask(customer: int) -> tuple[str, int]:
    """Send the label's task, and wait until its call has come. Returns the task's id and the connection."""
    bench.hold("addresses", path=f"addresses/{customer}")
    task = app.send_task("tasks.print_label", [customer]).id
    bench.mark("label", customer=customer, task=task)
    call = bench.wait_for("stub-received", lane="addresses", path=f"addresses/{customer}", deadline=8)
    return task, call.data["connection"]


def respond(group: list[int]) -> None:
    for customer in group:
        bench.release("addresses", path=f"addresses/{customer}")


@contextlib.contextmanager
def stopped(task: str):
    """The child that runs this task gets no processor for a while, as happens on a busy machine."""
    process = bench.wait_for("task-started", task=task, deadline=5).data["process"]
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGSTOP)
    bench.mark("the child that asked first is stopped", process=process)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)
        bench.mark("and goes on", process=process)


def wait_for_ends(tasks: list[str]) -> None:
    with contextlib.suppress(bench.Deadline):
        for task in tasks:
            bench.wait_for("task-succeeded", task=task, deadline=4)


def side_by_side(group: list[int], *, stop: bool) -> None:
    """A label for each child. The address service responds to none of them before all of them have asked."""
    try:
        first, connection = ask(group[0])
        with stopped(first) if stop else contextlib.nullcontext():
            others = [ask(customer) for customer in group[1:]]
            bench.mark("all have asked", connections=[connection, *(number for _, number in others)])
            if stop:
                respond(group)
                wait_for_ends([task for task, _ in others])
        if stop:
            wait_for_ends([first])
    finally:
        respond(group)


for lane in ("addresses", "printer", "worker-1"):
    bench.wait_for("lane-up", lane=lane, deadline=15)

# Labels, as many at a time as the worker has children. Every second time, the child that asks first is
# stopped until the others have printed.
groups = [customers[place : place + CHILDREN] for place in range(0, LABELS, CHILDREN)]
stops = CHILDREN > 1
try:
    while groups:
        group = groups.pop(0)
        side_by_side(group, stop=stops and len(group) > 1)
        stops = CHILDREN > 1 and not stops
except bench.Deadline:  # a child asked nobody, or waited for another one
    for group in groups:
        for customer in group:
            bench.mark("label", customer=customer, task=app.send_task("tasks.print_label", [customer]).id)
bench.wait_until_quiet(deadline=10)

# Six price tags. How many connections does Valkey accept meanwhile?
valkey = redis.Redis.from_url(os.environ["REDIS_URL"])
valkey.mset({f"price:{tea}": price for tea, price in pence.items()})
before = valkey.info("stats")["total_connections_received"]
for tea in TEAS:
    app.send_task("tasks.print_price", [tea])
bench.wait_until_quiet(deadline=8)
bench.mark("prices", pence=pence, connections=valkey.info("stats")["total_connections_received"] - before)
