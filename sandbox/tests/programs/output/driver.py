import bench
import tasks

bench.wait_for("lane-up", lane="worker-1", deadline=15)
tasks.shouts.delay()
bench.wait_for("task-succeeded", name="shouts", deadline=15)
loud = tasks.chatters.delay()
bench.wait_for("task-started", task=loud.id, deadline=15)
soft = tasks.calm.delay()
bench.wait_for("task-succeeded", task=soft.id, deadline=30)
bench.wait_for("task-succeeded", task=loud.id, deadline=30)
