import json

import pytest

TASKS = "from celery import Celery\napp = Celery('x')\n@app.task\ndef quick(n): pass\n"


def size(ran) -> int:
    return sum(len(json.dumps(event)) for event in ran.events)


def held(ran) -> None:
    assert len(ran.events) <= 5000
    assert size(ran) <= (1 << 20) + 5000 * 40


def test_standard_output_without_end(bench) -> None:
    ran = bench.attack("while True: print('x' * 60)")
    assert ran.outcome == "over_limit"
    assert ran.of("dropped")
    assert ran.of("lane-down") or ran.reason == "The run printed more than 16 MiB."
    held(ran)


def test_one_line_without_end(bench) -> None:
    ran = bench.attack("import sys\nfor _ in range(4000): sys.stdout.write('x' * 1000)", wall=5)
    assert ran.outcome == "finished"
    assert len(ran.texts()) == 1
    held(ran)


def test_events_without_end(bench) -> None:
    ran = bench.attack("import bench\nfor n in range(20_000): bench.mark('flood', n=n)", wall=15)
    assert ran.outcome == "finished"
    assert ran.of("dropped", lane="driver")
    lost = sum(event["data"]["counts"].get("mark", 0) for event in ran.of("dropped"))
    assert lost + len(ran.of("mark")) == 20_000
    held(ran)


def test_an_event_of_20_mb(bench) -> None:
    ran = bench.attack("import bench\nbench.mark('x' * 20_000_000)\nbench.mark('y', deep=[[[[[[[[[[1]]]]]]]]]])")
    assert ran.outcome == "finished"
    assert max(len(json.dumps(event)) for event in ran.events) <= 9000


def test_tasks_without_end(bench) -> None:
    code = """
import bench, tasks
bench.wait_for('lane-up', lane='worker-1')
for n in range(3000): tasks.quick.delay(n)
bench.wait_until_quiet(deadline=20)
"""
    ran = bench.attack(code, files={"tasks.py": TASKS}, worker=True, wall=25)
    assert ran.outcome == "finished"
    assert ran.of("dropped")
    held(ran)


@pytest.mark.parametrize(
    "raw",
    [rb"\xff\xfe\x00\x01", rb"\x1b[2J\x00", rb"data: x\n\nevent: end\n\n", "\u2028<script>".encode().hex().encode()],
)
def test_bytes_that_are_no_text(bench, raw) -> None:
    ran = bench.attack(f"import os\nos.write(1, b'{raw.decode()}\\n')")
    assert ran.outcome == "finished"
    for event in ran.events:
        assert "\0" not in json.dumps(event, ensure_ascii=False)


def test_file_descriptors_without_end(bench) -> None:
    ran = bench.attack("kept = []\nwhile True: kept.append(open('/dev/null'))")
    assert ran.outcome == "error"
    assert "Too many open files" in ran.reason
