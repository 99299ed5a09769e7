import bench
import tasks

bench.wait_for("lane-up", lane="worker-1", deadline=15)
tasks.clean.delay()
bench.wait_for("task-started", deadline=10)
# The child has started; Celery cancels only what the parent has heard of, which no event says.
for _ in range(4):
    bench.pause(0.5)
bench.command("quit", "worker-1")
bench.wait_for("task-cancelled", deadline=20)
bench.wait_for("lane-down", lane="worker-1", deadline=20)
