import bench
import tasks
from celery import chain, chord

bench.wait_for("lane-up", lane="worker-1", deadline=15)
body = tasks.total.s().on_error(tasks.complain.s())
result = chord([tasks.count.s("High Street"), tasks.count.s("Mill Lane")])(body)
bench.mark("body", task=result.id)
bench.wait_for("task-failed", task=result.id, deadline=15)
chain(tasks.count.s("Mill Lane"), tasks.never.s()).apply_async(link_error=tasks.complain.s())
tasks.count.apply_async(("Ash Road",), link=tasks.notes.s())
bench.wait_for("task-succeeded", name="notes", deadline=15)
tasks.brews.apply()
bench.mark("quiet", answer=bench.wait_until_quiet(deadline=20))
