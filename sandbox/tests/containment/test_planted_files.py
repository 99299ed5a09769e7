def test_links_and_pipes_where_anything_outside_looks(bench) -> None:
    code = """
import os
os.unlink('/run/valkey.sock'); os.symlink('/etc/shadow', '/run/valkey.sock')
for name in ('tasks.py', 'x.sock', 'valkey.pid'):
    os.mkfifo('/lab/' + name)
os.symlink('/proc/self', '/lab/loop')
print('planted')
"""
    ran = bench.attack(code)
    assert (ran.outcome, ran.texts()) == ("finished", ["planted"])


def test_a_file_of_the_lab_cannot_shadow_the_bench(bench) -> None:
    files = {
        "json.py": "raise SystemExit('shadowed')",
        "socket.py": "1/0",
        "sandbox.py": "1/0",
        "celery.py": "1/0",
        "bench.py": "1/0",
    }
    ran = bench.attack("import bench\nbench.mark('mine')", files=files)
    assert ran.outcome == "finished"
    assert ran.of("mark", text="mine")


CLIENT = "import os, pickle, redis, bench\nr = redis.Redis.from_url(os.environ['REDIS_URL'])\n"


def test_a_pickle_is_opened_nowhere_outside(bench) -> None:
    code = """
r.lpush("celery", pickle.dumps({"x": 1}))
r.publish("/0.celeryev/x", b"\\x80\\x04.")
bench.pause(0.4)
"""
    ran = bench.attack(CLIENT + code)
    assert ran.outcome == "finished"
    assert ran.of("broker-sample")[-1]["data"]["depth"]["celery"] == 1


def test_hostile_names_of_queues_stay_text(bench) -> None:
    code = """
for n in range(300):
    r.lpush(b"\\xff\\n<b>" * 50 + str(n).encode(), "x")
bench.pause(0.5)
"""
    ran = bench.attack(CLIENT + code)
    assert ran.outcome == "finished"
    assert max(len(event["data"]["depth"]) for event in ran.of("broker-sample")) <= 20
