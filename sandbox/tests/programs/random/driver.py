import json
from pathlib import Path

import bench
import tasks
from celery import chain, chord, group

bench.wait_for("lane-up", lane="worker-1", deadline=20)
PLAIN = [tasks.sleeps, tasks.fails, tasks.retries, tasks.ignores, tasks.replaces, tasks.eager, tasks.prints]
GOOD = [tasks.sleeps, tasks.retries, tasks.prints, tasks.eager]
for _ in range(14):
    way = bench.random.choice(["one", "one", "chain", "group", "chord"])
    some = [task.si() for task in bench.random.choices(PLAIN if way == "one" else GOOD, k=3)]
    match way:
        case "one":
            some[0].delay()
        case "chain":
            chain(*some, tasks.fails.si())()
        case "group":
            group(some)()
        case "chord":
            chord(some)(tasks.sleeps.si())
bench.mark("quiet", answer=bench.wait_until_quiet(deadline=40, settle=1.0))
for line in Path(tasks.RECORD).read_text().splitlines():
    name, task, outcome = json.loads(line)
    bench.mark("record", of=name, id=task, outcome=outcome)
