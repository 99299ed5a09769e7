"""What happens in this run, in order. Read-only: the learner sees it, the bench runs it."""

import bench
from celery import Celery

WORKERS = ("worker-1", "worker-2")
app = Celery("kettle")
app.config_from_object("settings")
orders = bench.random.sample(range(1000, 10000), 5)
sent = []


def send(name: str) -> str:
    """Send one task for the next order, by name: a sender needs no line of the worker's code. Returns its id."""
    order = orders.pop()
    result = app.send_task(f"tasks.{name}", [order])
    sent.append((name, order, result))
    bench.mark("sent", what=name, order=order, task=result.id)
    return result.id


def one_sale_one_voucher() -> list[str]:
    """Start both, each on a worker of its own, and return the lanes: the sale's, the voucher's."""
    lanes = []
    for name in ("book_sale", "mail_voucher"):
        lanes.append(bench.wait_for("task-started", task=send(name), deadline=5).lane)
    bench.pause(0.4)
    return lanes


for lane in WORKERS:
    bench.wait_for("lane-up", lane=lane, deadline=5)

# Act 1: the kernel kills the pool children that run them. The parents live on.
for lane in one_sale_one_voucher():
    if bench.knob("kill_children"):
        bench.command("kill", f"{lane}/child")
bench.wait_until_quiet(deadline=4)

# Act 2: the whole workers die, one after the other, and are started again.
for lane in one_sale_one_voucher():
    if bench.knob("kill_workers"):
        bench.command("kill", lane)
        bench.wait_for("lane-down", lane=lane, deadline=5)
        bench.command("start", lane)
        bench.wait_for("lane-up", lane=lane, deadline=5)

# Act 3: a label that kills the process that prints it. Nobody else kills from here on.
send("print_label")
bench.wait_until_quiet(deadline=9)

# What a caller who asks for the results is told.
for what, order, result in sent:
    bench.mark("state", what=what, order=order, state=result.state)
