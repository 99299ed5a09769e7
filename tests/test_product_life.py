"""The whole product starts, survives the death of each part, and ends whole. Facts come from the operating
system.
"""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from config.operations import up
from tests.kill_matrix import own_jails, survivors
from tests.product import BASE, Product, Viewer, Visitor

pytestmark = [pytest.mark.jail, pytest.mark.timeout(600)]
LAB = "acks-and-crashes"
PARTS = ("web", "runner", "worker", "beat", "warden", "valkey")


def eventually(condition: Callable[[], object], within: float = 120.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_comes_back_and_the_product_is_ready_again(product: Product, part: str) -> None:
    product.wait_ready()
    killed = product.pid(part)
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: product.pid(part) not in (0, killed))
    product.wait_ready()


def test_ctrl_c_ends_everything_and_waits_neither_for_an_open_stream_nor_for_a_run() -> None:
    with Product() as running:
        running.wait_ready()
        visitor = Visitor(running)
        wall = float(visitor.lab(LAB)["limits"]["wall"])
        viewer = Viewer(running, visitor.start(LAB))
        viewer.wait_for("task-started")
        jails = set(own_jails(running).values())
        assert running.stop(signal.SIGINT) < wall
        assert running.survivors() == []
        assert survivors(jails) == set()


def test_a_run_that_was_open_at_ctrl_c_ends_after_the_next_start() -> None:
    with Product() as running:
        running.wait_ready()
        visitor = Visitor(running)
        run = visitor.start(LAB)
        Viewer(running, run).wait_for("task-started")
        running.stop(signal.SIGINT)
        running.boot()
        running.wait_ready()
        assert Visitor(running).wait_for(run, "ended", within=280)["outcome"] in {
            "failed_checks",
            "passed",
            "lost",
        }


def test_what_a_killed_supervisor_leaves_is_ended_at_once() -> None:
    with Product() as running:
        running.wait_ready()
        supervisor = int((running.runtime / "supervisor.pid").read_text())
        assert {running.pid(part) for part in PARTS} <= set(
            running.survivors()
        )  # so that none is overlooked below
        os.kill(supervisor, signal.SIGKILL)
        running.process.wait(timeout=120)
        assert running.survivors() == []


def test_what_a_killed_command_leaves_is_ended_by_the_supervisor_or_the_next_start() -> None:
    with Product() as running:
        running.wait_ready()
        running.process.kill()
        running.process.wait()
        running.boot()
        running.wait_ready()
        running.stop()
        assert running.survivors() == []


def test_a_closed_terminal_ends_the_product(tmp_path: Path) -> None:
    mine = {
        **os.environ,
        "BACKBURNER_STATE": str(tmp_path / "state"),
        "BACKBURNER_RUNTIME": str(tmp_path / "r"),
    }
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(BASE / "manage.py"), "up", "--port", "0", "--pool", "1"],
        cwd=BASE,
        env=mine,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    said = b""
    while b"Backburner is at" not in said:
        said += os.read(controller, 4096)
    os.close(controller)  # the window is closed: the kernel sends SIGHUP
    process.wait(timeout=120)
    assert eventually(lambda: up.survivors(up.mark_of(tmp_path / "state")) == [])


def test_a_taken_port_is_said_and_the_next_free_one_is_used(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        running = Product(pool=1)
        running.options = ("--port", str(taken), "--pool", "1")
        with running:
            assert any(f"Port {taken} is taken" in line for line in running.said)
            assert httpx.get(f"{running.address}healthz", timeout=60).status_code == 200


def test_a_second_start_on_the_same_state_is_refused_in_one_sentence(product: Product) -> None:
    command = [sys.executable, str(BASE / "manage.py"), "up", "--port", "0"]
    second = subprocess.run(
        command, cwd=BASE, env=product.environment, capture_output=True, text=True, timeout=240
    )
    assert second.returncode == 1
    assert (
        second.stderr.strip()
        .splitlines()[-1]
        .startswith("CommandError: Backburner already runs on the state folder")
    )


def test_the_product_runs_from_a_checkout_whose_path_has_a_space(tmp_path: Path) -> None:
    place = tmp_path / "a folder with spaces"
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=BASE, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        if (BASE / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(BASE / name, place / name)
    # Byte code is valid with the time of its file. Without it eight processes would compile everything.
    for cache in BASE.glob("*/**/__pycache__"):
        if not cache.is_relative_to(BASE / "var") and (place / cache.parent.relative_to(BASE)).is_dir():
            shutil.copytree(cache, place / cache.relative_to(BASE), dirs_exist_ok=True)
    mine = {
        "BACKBURNER_SANDBOX_VENV": str(up.lab_environments()["main"]),
        "BACKBURNER_STATE": str(place / "var"),
    }
    running = Product(state=place / "var", pool=1, environment=mine)
    running.base = place
    with running:
        running.wait_ready()
        visitor = Visitor(running)
        run = visitor.start(LAB)
        Viewer(running, run).wait_for("task-started")
        visitor.cancel(run)
        assert visitor.wait_for(run, "ended")["outcome"] == "cancelled"
