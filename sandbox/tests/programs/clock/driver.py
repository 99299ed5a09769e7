import bench

bench.wait_for("schedule-missed", name="slow", deadline=20)
for _ in range(3):
    bench.wait_for("task-succeeded", deadline=20)
