"""What happens in this run, in order. Read-only: the learner sees it, the bench runs it."""

import contextlib

import bench
from celery import Celery

WORKERS = ("worker-1", "worker-2")
# The call in the middle of each task's work. The back office holds its response until both have been killed.
HALFWAY = {"mail_voucher": "copies", "book_sale": "rates"}
app = Celery("kettle")
app.config_from_object("settings")
orders = bench.random.sample(range(1000, 10000), 5)
sent = []


def send(name: str) -> tuple[str, int]:
    """Send one task for the next order; return its id and the order. It goes by name, without its code."""
    order = orders.pop()
    result = app.send_task(f"tasks.{name}", [order])
    sent.append((name, order, result))
    bench.mark("sent", what=name, order=order, task=result.id)
    return result.id, order


def command(action: str, lane: str, then: str, deadline: float) -> None:
    """Give a command and wait for the event that it causes. If you did the same by hand before, the bench
    leaves the command out, and there is nothing to wait for.
    """
    with contextlib.suppress(bench.Deadline):
        bench.command(action, lane)
        given = bench.wait_for("command", action=action, target=lane, by="driver", deadline=0).seq
        while bench.wait_for(then, lane=lane, deadline=deadline).seq < given:
            pass  # an earlier one, by your hand


def lane_of(task: str) -> str:
    """The worker that runs a task. If none does after 4 s, start the workers that you killed by hand."""
    try:
        return bench.wait_for("task-started", task=task, deadline=4).lane
    except bench.Deadline:
        for lane in WORKERS:
            command("start", lane, then="lane-up", deadline=15)
        return bench.wait_for("task-started", task=task, deadline=4).lane


def one_sale_one_voucher() -> list[str]:
    """Start both, each on a worker of its own, and bring each halfway: the voucher has left, the sale is not
    booked. Return the lanes: the sale's, the voucher's.
    """
    bench.hold("backoffice")
    lanes = []
    for name, path in HALFWAY.items():
        task, order = send(name)
        # If you kill workers by hand, this may never happen. The story goes on, and the checks say what it
        # could not test.
        with contextlib.suppress(bench.Deadline):
            lanes.append(lane_of(task))
            bench.wait_for("stub-received", lane="backoffice", path=f"{path}/{order}", deadline=5)
            if name == "mail_voucher":
                # If it is acknowledged before its run, its message must be gone when the kill comes.
                bench.wait_for("task-acked", task=task, deadline=1.5)
    return lanes[::-1]


for lane in WORKERS:
    bench.wait_for("lane-up", lane=lane, deadline=15)

# Act 1: the kernel kills the pool children that run them. The parents live on.
for lane in one_sale_one_voucher():
    if bench.knob("kill_children"):
        command("kill", f"{lane}/child", then="lane-down", deadline=5)
bench.release("backoffice")
bench.wait_until_quiet(deadline=6)

# Act 2: the whole workers die, one after the other, and are started again.
for lane in one_sale_one_voucher():
    if bench.knob("kill_workers"):
        command("kill", lane, then="lane-down", deadline=5)
        command("start", lane, then="lane-up", deadline=15)
bench.release("backoffice")

# Act 3: a label that kills the process that prints it. Nobody else kills from here on.
send("print_label")
bench.wait_until_quiet(deadline=11)

# What a caller who asks for the results is told.
for what, order, result in sent:
    bench.mark("state", what=what, order=order, state=result.state)
