import bench

for _ in range(2):
    bench.wait_for("task-succeeded", name="tick", deadline=20)
