DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
time.sleep(0.2)
"""


def test_a_daemon_dies_with_its_run(bench) -> None:
    assert bench.attack(DAEMON).outcome == "finished"


def test_daemons_that_ignore_every_signal_die_too(bench) -> None:
    ignore = "import signal\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
    assert bench.attack(ignore + DAEMON).outcome == "finished"


def test_a_killed_lane_takes_its_children_along(bench) -> None:
    worker = "import os, time\nfrom celery import Celery\napp = Celery('x')\nif os.fork() == 0:\n    time.sleep(600)\n"
    code = """
import os, bench
bench.wait_for('lane-up', lane='worker-1')
bench.command('kill', 'worker-1')
bench.wait_for('lane-down', lane='worker-1')
for _ in range(4):
    bench.pause(0.4)  # until the spare processes of the start have gone
print(len([p for p in os.listdir('/proc') if p.isdigit()]))
"""
    ran = bench.attack(code, files={"tasks.py": worker}, worker=True)
    assert ran.texts("driver") == ["4"]
