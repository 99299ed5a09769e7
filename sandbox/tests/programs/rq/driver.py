import datetime

import bench
import jobs
from rq import Queue, Retry
from rq.command import send_stop_job_command

queue = Queue(connection=jobs.store)
bench.wait_for("lane-up", lane="worker-1", deadline=15)
queue.enqueue(jobs.shaky, "now", 3, retry=Retry(max=3))
queue.enqueue(jobs.shaky, "later", 2, retry=Retry(max=2, interval=1))
queue.enqueue(jobs.shaky, "never", 9, retry=Retry(max=1))
queue.enqueue(jobs.dies)
first = queue.enqueue(jobs.follows)
queue.enqueue(jobs.follows, depends_on=first)
queue.enqueue_in(datetime.timedelta(seconds=2), jobs.follows)
bench.mark("quiet", answer=bench.wait_until_quiet(deadline=40))
stopped = queue.enqueue(jobs.waits)
bench.wait_for("task-started", task=stopped.id, deadline=15)
send_stop_job_command(jobs.store, stopped.id)
bench.wait_for("task-revoked", task=stopped.id, deadline=15)
