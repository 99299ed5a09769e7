"""What the warden sees of a jail where no control group bounds it: processes that stand for one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from sandbox.warden import watchdog

CROWD = 36
EACH_MB = 2
JAIL = f"""
import os, sys, time

def start(run):
    if os.fork() == 0:
        run()
        os._exit(0)

def one_of_a_crowd():
    held = bytearray(os.urandom(1 << 20) * {EACH_MB})
    os.write(1, b".")
    time.sleep(60)

def supervisor():
    image = bytearray(os.urandom(1 << 20) * 32)
    for _ in range({CROWD}):
        start(one_of_a_crowd)
    time.sleep(60)

def process_1():
    start(supervisor)
    time.sleep(60)

start(process_1)
time.sleep(60)
"""


@pytest.fixture
def jail() -> Iterator[int]:
    """The process id of something like bubblewrap, below which a crowd holds 2 MiB each beside what it was forked with."""
    process = subprocess.Popen([sys.executable, "-c", JAIL], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.read(CROWD) == b"." * CROWD
    yield process.pid
    subprocess.run(["kill", "-9", *map(str, watchdog.descendants(process.pid))], check=True)
    process.wait()
    process.stdout.close()


def test_a_crowd_that_holds_too_much_is_seen(jail: int) -> None:
    assert watchdog.exceeded(jail, (CROWD * EACH_MB // 2) << 20) == "memory"


def test_pages_that_a_crowd_shares_since_it_was_forked_do_not_count_for_each(jail: int) -> None:
    assert watchdog.exceeded(jail, (CROWD * EACH_MB * 3) << 20) is None


def test_too_many_processes_are_seen(jail: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "PROCESSES", CROWD)
    assert watchdog.exceeded(jail, 1 << 40) == "processes"
