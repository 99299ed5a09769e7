"""What a lab's files and processes cannot do to the bench, in a real jail."""

from __future__ import annotations

import sys

import pytest

from sandbox.tests.client import make_request, process

pytestmark = pytest.mark.jail


def test_a_file_of_the_lab_cannot_shadow_the_bench(warden) -> None:
    files = {
        f"{name}.py": "raise SystemExit('shadowed')"
        for name in ("json", "socket", "sandbox", "celery", "bench")
    }
    ran = warden.run(make_request({**files, "driver.py": "import bench\nbench.mark('mine')"}))
    assert ran.outcome == "finished"
    assert ran.of("mark", text="mine")


def test_a_killed_lane_takes_its_children_along(warden) -> None:
    worker = """
import os, time
from celery import Celery
app = Celery("x")
if os.fork() == 0:
    os.symlink(str(os.getpid()), "/lab/child")
    time.sleep(600)
"""
    driver = """
import os, bench
bench.wait_for("lane-up", lane="worker-1")
child = f"/proc/{os.readlink('/lab/child')}"
before = os.path.exists(child)
bench.command("kill", "worker-1")
bench.wait_for("lane-down", lane="worker-1")
bench.pause(0.2)
bench.mark("found", before=before, after=os.path.exists(child))
"""
    lanes = [process("worker-1", "celery-worker", pool="threads"), process("driver", "python")]
    ran = warden.run(make_request({"tasks.py": worker, "driver.py": driver}, *lanes))
    (found,) = ran.of("mark", text="found")
    assert (found["data"]["before"], found["data"]["after"]) == (True, False)


def test_programs_have_the_packages_of_their_environment_and_none_of_the_hosts_interpreter(warden) -> None:
    driver = """
import glob, sys
print([path for path in sys.path if path.endswith("-packages")])
print(glob.glob("/opt/python/lib/*/site-packages/*"))
"""
    ran = warden.run(make_request({"driver.py": driver}))
    assert ran.texts("driver") == [f"['/opt/venv/lib/python3.{sys.version_info.minor}/site-packages']", "[]"]
