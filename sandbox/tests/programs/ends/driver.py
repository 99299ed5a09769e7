import bench
import tasks

bench.wait_for("lane-up", lane="worker-1", deadline=15)
names = [
    "works",
    "fails",
    "retries",
    "ignores",
    "rejects",
    "rejects_once",
    "hands_over",
    "hands_over_to_two",
    "exits",
]
bench.random.shuffle(names)
for name in names:
    getattr(tasks, name).delay()
tasks.works.apply_async(expires=-5)
tasks.app.send_task("tasks.unknown")
revoked = tasks.works.apply_async(countdown=4)
bench.wait_for("task-waiting", task=revoked.id, deadline=15)
revoked.revoke()
bench.wait_for("task-revoked", task=revoked.id, deadline=20)
bench.mark("quiet", answer=bench.wait_until_quiet(deadline=20))
