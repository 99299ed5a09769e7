import bench
import tasks

bench.wait_for("lane-up", lane="worker-1", deadline=15)
tasks.mails.delay()
bench.wait_for("task-succeeded", name="mails", deadline=10)
tasks.waits_for_the_gate.delay()
bench.wait_for("task-started", name="waits_for_the_gate", deadline=10)
second = tasks.waits_for_the_gate.delay()
bench.wait_for("task-waiting", task=second.id, why="prefetched", deadline=10)
mail = tasks.mails.delay()
bench.wait_for("task-waiting", task=mail.id, why="rate-limit", deadline=10)
tasks.store.rpush("gate", 1, 1)
for _ in range(2):
    bench.wait_for("task-succeeded", name="waits_for_the_gate", deadline=10)
mail.revoke()
eta = tasks.later.apply_async(countdown=4)
bench.wait_for("task-waiting", task=eta.id, why="eta", deadline=10)
bench.mark("quiet while an ETA is to come", answer=bench.wait_until_quiet(deadline=1, settle=0.2))
bench.wait_for("task-succeeded", task=eta.id, deadline=15)
