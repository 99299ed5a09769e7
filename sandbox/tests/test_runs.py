"""Real runs in real jails."""

from __future__ import annotations

import pytest

from sandbox.tests.client import WardenProcess, make_request, process

pytestmark = pytest.mark.jail

TASKS = """
import os, time
from celery import Celery
app = Celery("shop")
app.conf.task_acks_late = True
every_second = {"unacked_restore_interval": 1, "unacked_restore_throttle": 1}
app.conf.broker_transport_options = {"visibility_timeout": 2, **every_second}

@app.task
def add(a, b):
    return a + b

@app.task(name="shop.nap")
def nap(seconds):
    time.sleep(seconds)

@app.task(bind=True, max_retries=2)
def flaky(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0, exc=ValueError("not yet"))

@app.task(bind=True)
def slowly(self):
    self.update_state(state="PROGRESS", meta={"done": 1})
"""
DRIVER = """
import bench, tasks
bench.wait_for("lane-up", lane="worker-1", deadline=5)
"""


def worker(pool: str = "threads", lane: str = "worker-1", **options):
    return process(lane, "celery-worker", app="tasks", pool=pool, **options)


def run(warden: WardenProcess, driver: str, *lanes, files=(), **overrides):
    specs = (*(lanes or (worker(),)), process("driver", "python", file="driver.py"))
    return warden.run(
        make_request({"tasks.py": TASKS, "driver.py": DRIVER + driver, **dict(files)}, *specs, **overrides)
    )


@pytest.mark.parametrize("pool", ["prefork", "threads", "solo"])
def test_a_task_goes_through_every_state_in_order(warden, pool) -> None:
    ran = run(
        warden,
        "print(tasks.add.delay(2, 3).get(timeout=5)); bench.wait_for('task-succeeded', name='add')",
        worker(pool),
    )
    assert (ran.outcome, ran.reason) == ("finished", "")
    states = [e["kind"] for e in ran.events if e.get("name") == "add"]
    assert states == ["task-sent", "task-received", "task-started", "task-acked", "task-succeeded"]
    assert "5" in ran.texts("driver")


def test_the_ending_carries_the_number_of_its_start(warden) -> None:
    ran = run(warden, "tasks.nap.delay(0.05); bench.wait_for('task-succeeded')")
    started, ended = ran.of("task-started")[0], ran.of("task-succeeded")[0]
    assert started["data"]["execution"] == ended["data"]["execution"] == 1
    assert (started["name"], started["data"]["task_name"]) == ("nap", "shop.nap")


def test_a_retry_raises_the_attempt_and_is_no_redelivery(warden) -> None:
    ran = run(warden, "tasks.flaky.delay(); bench.wait_for('task-succeeded')", worker("prefork"))
    assert [e["attempt"] for e in ran.of("task-started")] == [1, 2, 3]
    assert [e["data"]["execution"] for e in ran.of("task-started")] == [1, 2, 3]
    assert len(ran.of("task-retried")) == 2
    assert not ran.of("task-redelivered")


def test_progress_is_an_event(warden) -> None:
    ran = run(warden, "tasks.slowly.delay(); bench.wait_for('task-succeeded')")
    assert ran.of("task-progress")[0]["data"]["meta"] == {"done": 1}


def test_a_killed_worker_goes_down_by_signal_9_and_its_task_is_redelivered_to_the_other(warden) -> None:
    ran = run(
        warden,
        """
bench.wait_for("lane-up", lane="worker-2", deadline=5)
tasks.nap.delay(0.6)
first = bench.wait_for("task-started", name="nap")
bench.command("kill", first.lane)
bench.wait_for("task-started", name="nap", deadline=8)
bench.wait_for("task-succeeded", name="nap", deadline=8)
""",
        worker(),
        worker(lane="worker-2"),
    )
    first, second = ran.of("task-started", name="nap")
    down = ran.of("lane-down", lane=first["lane"])[0]
    assert (down["data"]["exit"], down["data"]["signal"]) == (None, 9)
    assert second["lane"] != first["lane"]
    assert second["data"]["execution"] == 2
    place = ran.events.index(ran.of("task-redelivered")[0])
    assert ran.events[place + 1]["kind"] == "task-received"
    assert ran.events[place]["lane"] == "broker"


def test_a_learner_kills_and_starts_a_worker_by_hand(warden) -> None:
    files = {
        "tasks.py": TASKS,
        "driver.py": DRIVER + "bench.wait_for('lane-up', lane='worker-1', deadline=8)",
    }
    request = make_request(
        files, worker(), process("driver", "python"), commands={"kill": ["worker-1"], "start": ["worker-1"]}
    )
    connection = warden.start(request)
    connection.wait_for("lane-up", lane="worker-1")
    connection.say({"op": "command", "action": "kill", "target": "worker-1", "by": "learner"})
    assert connection.wait_for("lane-down", lane="worker-1")["data"]["signal"] == 9
    connection.say({"op": "command", "action": "start", "target": "worker-1", "by": "learner"})
    ran = connection.rest()
    assert ran.outcome == "finished"
    assert [e["data"]["by"] for e in ran.of("command")] == ["learner", "learner"]
    assert len(ran.of("lane-up", lane="worker-1")) == 2


@pytest.mark.parametrize(
    ("action", "target", "said"),
    [
        ("terminate", "worker-1", "does not allow"),
        ("kill", "worker-9", "no lane"),
        ("dance", "worker-1", "no action"),
        ("start", "worker-1", "running already"),
    ],
)
def test_a_command_that_may_not_be_applied_is_refused_with_a_sentence(warden, action, target, said) -> None:
    files = {"tasks.py": TASKS, "driver.py": DRIVER + "bench.wait_for('mark', deadline=60)"}
    connection = warden.start(
        make_request(files, worker(), process("driver", "python"), commands={"start": ["worker-1"]})
    )
    connection.wait_for("lane-up", lane="worker-1")
    connection.say({"op": "command", "action": action, "target": target, "by": "learner"})
    while not connection.ran.refused:
        assert connection.read() is not None
    connection.say({"op": "cancel"})
    ran = connection.rest()
    assert said in ran.refused[0]
    assert not ran.of("command")


def test_one_pool_child_can_be_killed_and_its_death_is_seen(warden) -> None:
    ran = run(
        warden,
        """
tasks.nap.delay(5)
bench.wait_for("task-started")
bench.command("kill", "worker-1/child")
bench.wait_for("task-failed", deadline=20)
""",
        worker("prefork", concurrency=2),
    )
    down = ran.of("lane-down", lane="worker-1/child")
    assert [(e["data"]["exit"], e["data"]["signal"]) for e in down] == [(None, 9)]
    assert "WorkerLost" in ran.of("task-failed")[0]["data"]["exception"]
    assert not ran.of("lane-down", lane="worker-1")


def test_an_unregistered_task_is_discarded(warden) -> None:
    ran = run(warden, "tasks.app.send_task('nobody.knows'); bench.wait_for('task-discarded')")
    assert ran.of("task-discarded")[0]["data"]["task_name"] == "nobody.knows"


def test_a_deadline_that_passes_is_a_mark_and_no_error(warden) -> None:
    ran = run(warden, "bench.wait_for('task-started', deadline=0.2, name='never')")
    assert (ran.outcome, ran.reason) == ("finished", "")
    assert ran.of("mark")[0]["data"]["text"] == "deadline passed: no task-started name=never within 0.2 s"


def test_a_file_that_does_not_compile_ends_the_run_naming_file_and_line(warden) -> None:
    ran = warden.run(make_request({"tasks.py": "x = 1\ndef broken(:\n", "driver.py": "import tasks"}))
    assert ran.outcome == "error"
    assert ran.reason.startswith("tasks.py, line 2: ")
    assert not ran.of("lane-up")


def test_a_worker_whose_module_fails_ends_the_run_with_the_line_that_failed(warden) -> None:
    specs = (worker(), process("driver", "python"))
    ran = warden.run(
        make_request(
            {
                "tasks.py": "import os\n\nprint(undefined_name)\n",
                "driver.py": "import bench; bench.wait_for('lane-up', lane='x')",
            },
            *specs,
        )
    )
    assert ran.outcome == "error"
    assert ran.reason == "tasks.py, line 3: NameError: name 'undefined_name' is not defined"


def test_a_driver_that_raises_is_an_error_with_its_line(warden) -> None:
    ran = warden.run(make_request({"driver.py": "import bench\n\nraise ValueError('no tea')\n"}))
    assert (ran.outcome, ran.reason) == ("error", "driver.py, line 3: ValueError: no tea")


def test_a_run_that_never_ends_is_timed_out(warden) -> None:
    ran = warden.run(make_request({"driver.py": "import time\nwhile True: time.sleep(1)"}, wall=1.0))
    assert ran.outcome == "timed_out"
    assert ran.reason == "The run took longer than 1 s."


def test_cancel_ends_a_run_at_once(warden) -> None:
    connection = warden.start(make_request({"driver.py": "import time; time.sleep(30)"}))
    connection.wait_for("lane-up", lane="driver")
    connection.say({"op": "cancel"})
    assert connection.rest().outcome == "cancelled"


def test_knobs_and_the_seed_reach_the_driver(warden) -> None:
    driver = "import bench\nbench.mark('knobs', pages=bench.knob('pages'), draw=bench.random.random())"
    marks = [
        warden.run(make_request({"driver.py": driver}, knobs={"pages": 4}, seed=11)).of("mark")[0]["data"]
        for _ in range(2)
    ]
    assert marks[0]["pages"] == 4
    assert marks[0]["draw"] == marks[1]["draw"]


def test_a_frozen_broker_stops_the_traffic_until_it_thaws(warden) -> None:
    ran = run(
        warden,
        """
bench.command("freeze", "broker")
import threading
threading.Thread(target=tasks.nap.delay, args=(0,)).start()
try:
    bench.wait_for("task-started", deadline=0.6)
    bench.mark("went through")
except bench.Deadline:
    bench.command("thaw", "broker")
bench.wait_for("task-succeeded", deadline=5)
""",
    )
    assert ran.outcome == "finished"
    assert not ran.of("mark", text="went through")
    assert len(ran.of("task-succeeded")) == 1


def test_a_terminated_worker_finishes_its_task_and_exits_by_itself(warden) -> None:
    ran = run(
        warden,
        """
tasks.nap.delay(0.5)
bench.wait_for("task-started")
bench.command("terminate", "worker-1")
bench.wait_for("lane-down", lane="worker-1", deadline=6)
""",
        worker("prefork"),
    )
    assert len(ran.of("task-succeeded")) == 1
    down = ran.of("lane-down", lane="worker-1")[0]["data"]
    assert (down["exit"], down["signal"]) == (0, None)


def test_a_paused_worker_stands_still_until_it_is_resumed(warden) -> None:
    ran = run(
        warden,
        """
bench.command("pause", "worker-1")
tasks.nap.delay(0)
try:
    bench.wait_for("task-started", deadline=0.5)
except bench.Deadline:
    bench.command("resume", "worker-1")
bench.wait_for("task-succeeded", deadline=5)
""",
    )
    kinds = [e["kind"] for e in ran.events]
    assert kinds.index("task-received") > [i for i, e in enumerate(ran.events) if e["kind"] == "command"][1]


@pytest.mark.parametrize(("settings", "left"), [({}, 0), ({"appendonly": "yes", "appendfsync": "always"}, 3)])
def test_a_killed_broker_keeps_what_its_settings_keep(warden, settings, left) -> None:
    driver = """
import os, bench, redis, tasks
bench.wait_for("lane-up", lane="broker")
for _ in range(3): tasks.nap.delay(0)
bench.command("kill", "broker")
bench.wait_for("lane-down", lane="broker")
bench.command("start", "broker")
bench.wait_for("lane-up", lane="broker")
bench.mark("left", left=redis.Redis.from_url(os.environ["REDIS_URL"]).llen("celery"))
"""
    specs = (process("broker", "broker", config=settings), process("driver", "python"))
    ran = warden.run(make_request({"tasks.py": TASKS, "driver.py": driver}, *specs))
    assert ran.of("mark")[0]["data"]["left"] == left
