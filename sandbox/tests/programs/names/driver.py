import bench
import tasks

bench.wait_for("lane-up", lane="worker-1", deadline=15)
for task in (tasks.orders, tasks.invoices):
    task.apply_async(task_id="customer-7")
for name in ("счёт", "чек!", "a b", "x" * 140 + "1", "x" * 140 + "2", "й" * 128):
    tasks.versioned.apply_async(task_id=name)
    bench.wait_for("task-succeeded", task=name, deadline=15)
tasks.report.delay()
bench.mark("quiet", answer=bench.wait_until_quiet(deadline=15))
