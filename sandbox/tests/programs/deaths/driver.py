import bench
import tasks

bench.wait_for("lane-up", lane="worker-1", deadline=15)
for task in (tasks.exits, tasks.kills_itself):
    task.delay()
    bench.wait_for("lane-down", lane="worker-1/child", deadline=20)
    bench.wait_for("task-failed", name=task.name.split(".")[-1], deadline=30)
tasks.tidies_up.delay()
bench.wait_for("task-succeeded", name="tidies_up", deadline=20)
tasks.is_cut_off.delay()
bench.wait_for("task-failed", name="is_cut_off", deadline=20)
long = tasks.sleeps.delay()
bench.wait_for("task-started", task=long.id, deadline=20)
long.revoke(terminate=True)
bench.wait_for("task-revoked", task=long.id, deadline=20)
