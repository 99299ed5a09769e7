"""`make test` runs each test once, and ends what it has started when it is told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.tests.abuse.watch import is_alive
from tests.suite import PARTS, PYTEST, Part

BASE = Path(__file__).resolve().parent.parent
STUBBORN = """
import os, signal, subprocess, sys, time
folder = sys.argv[1]
for name in (signal.SIGINT, signal.SIGTERM):
    signal.signal(name, signal.SIG_IGN)
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
with_mark = subprocess.Popen(sleep, start_new_session=True)
without = subprocess.Popen(sleep, start_new_session=True, env={})
orphan = subprocess.run(["sh", "-c", "sleep 600 >/dev/null & echo $!"], stdout=subprocess.PIPE).stdout
with open(f"{folder}/pids.new", "w") as file:
    file.write(f"{os.getpid()} {with_mark.pid} {without.pid} {int(orphan)}")
os.rename(f"{folder}/pids.new", f"{folder}/pids")
time.sleep(600)
"""
SUITE = """
import sys
from pathlib import Path
from tests import ending, suite
folder = Path(sys.argv[1])
ending.ORDERLY, ending.FIRM = 1.0, 1.0
suite.REPORTS, suite.AT_ONCE = folder, 1
stubborn = suite.Part("stubborn", (sys.executable, str(folder / "stubborn.py"), str(folder)), False)
never = suite.Part("never", ("touch", str(folder / "second part")), False)
suite.PARTS = (stubborn, never)
sys.exit(suite.main())
"""


def eventually(condition: Callable[[], object], within: float = 120.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_suite_that_is_told_to_end_leaves_no_process_and_starts_no_other_part(
    name: signal.Signals, tmp_path: Path
) -> None:
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    suite = subprocess.Popen(
        [sys.executable, "-c", SUITE, str(tmp_path)], cwd=BASE, stdout=subprocess.PIPE, text=True
    )
    assert eventually((tmp_path / "pids").exists)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert all(map(is_alive, pids))  # so that none is overlooked below
    os.kill(suite.pid, name)
    said, _ = suite.communicate(timeout=120)
    assert suite.returncode == 128 + name
    assert [pid for pid in pids if is_alive(pid)] == []
    assert not (tmp_path / "second part").exists()
    assert said.splitlines()[-1].startswith("Stopped")


def collected(words: tuple[str, ...]) -> list[str]:
    """The ids of the tests that these words select."""
    command = (*words, "--collect-only", "-p", "no:xdist")
    said = subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=True).stdout
    return [line for line in said.splitlines() if "::" in line]


def own_words(part: Part) -> tuple[str, ...]:
    """The part's command without the words that ask for several processes."""
    spread = ("-n", "2", "--dist", "worksteal")
    return tuple(word for word in part.command if word not in spread)


def test_each_test_is_in_one_part_only() -> None:
    everything = collected((*PYTEST, "-m", "not audit"))  # make lint runs those with its audit
    parts = [part for part in PARTS if part.command[: len(PYTEST)] == PYTEST]
    runs = Counter(name for part in parts for name in collected(own_words(part)))
    assert [name for name in everything if runs[name] != 1] == []
    assert everything
    assert set(runs) == set(everything)
