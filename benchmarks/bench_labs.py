"""From a click to the first `task-started`, the whole way: HTTP, Celery, warden, jail, stream.

Beside it, in the same run and in turns, the same lab started cold: a Valkey server and a Celery worker as plain processes with no
jail, and the driver's first task sent as soon as a worker answers.

    python -m benchmarks.bench_labs [--rounds 12] [--burst N] [--rate CLICKS_PER_SECOND]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from config import up
from config.places import BASE, state_folder
from tests.product import Product, Viewer, Visitor

LAB = "acks-and-crashes"
COLD_TASKS = """
import os, time
from celery import Celery
app = Celery("cold", broker=os.environ["CELERY_BROKER_URL"])
@app.task
def first(path):
    open(path, "w").write(str(time.monotonic()))
"""
COLD_DRIVER = "import sys, tasks; tasks.first.delay(sys.argv[1])"


def cold_start() -> float:
    """Seconds from nothing to the first task started, with plain processes and Celery's default options."""
    folder = Path(tempfile.mkdtemp(prefix="bb-cold-"))
    (folder / "tasks.py").write_text(COLD_TASKS)
    python = str(up.lab_environments()["main"] / "bin" / "python")
    socket, said = folder / "v.sock", folder / "started"
    environment = {**os.environ, "CELERY_BROKER_URL": f"redis+socket://{socket}", "PYTHONDONTWRITEBYTECODE": "1"}
    began = time.monotonic()
    quiet: dict[str, Any] = {
        "cwd": folder,
        "env": environment,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    processes = [
        subprocess.Popen([up.valkey_server(), "--port", "0", "--unixsocket", str(socket), "--save", ""], **quiet)
    ]
    try:
        processes.append(subprocess.Popen([python, "-m", "celery", "-A", "tasks", "worker", "-c", "1", "-E"], **quiet))
        while not socket.exists():
            time.sleep(0.002)
        processes.append(subprocess.Popen([python, "-c", COLD_DRIVER, str(said)], **quiet))
        while not (said.exists() and said.stat().st_size):
            time.sleep(0.002)
        return float(said.read_text()) - began
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def click(visitor: Visitor) -> dict[str, float]:
    """One run, cancelled after its first task started; seconds from the click to what the client saw."""
    began = time.monotonic()
    run = visitor.start(LAB)
    answered = time.monotonic()
    viewer = Viewer(visitor.product, run, within=60)
    up_event = viewer.wait_for("lane-up")
    started = viewer.wait_for("task-started")
    seen = {
        "POST answered": answered - began,
        "first lane-up": viewer.at[viewer.events.index(up_event)] - began,
        "first task-started": viewer.at[viewer.events.index(started)] - began,
    }
    cancelled = time.monotonic()
    visitor.cancel(run)
    viewer.ended.wait(20)
    seen["cancel to end"] = time.monotonic() - cancelled
    return seen


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(title: str, columns: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Print medians and 95th percentiles in ms; returns them."""
    sys.stdout.write(f"\n{title}\n{'':28}{'p50':>9}{'p95':>9}{'n':>5}\n")
    found = {}
    for name, values in columns.items():
        found[name] = {"p50": statistics.median(values) * 1e3, "p95": percentile(values, 0.95) * 1e3, "n": len(values)}
        sys.stdout.write(f"{name:28}{found[name]['p50']:9.0f}{found[name]['p95']:9.0f}{len(values):5}\n")
    sys.stdout.flush()
    return found


def idle(product: Product, rounds: int) -> dict[str, list[float]]:
    """A B A B: a warm click on an idle product, then the same thing cold."""
    columns: dict[str, list[float]] = {}
    visitor = Visitor(product)
    for _ in range(rounds):
        for name, seconds in click(visitor).items():
            columns.setdefault(name, []).append(seconds)
        time.sleep(2)  # the pool refills, the machine is idle again
        columns.setdefault("cold, plain processes", []).append(cold_start())
        time.sleep(0.5)
    return columns


def crowd(product: Product, waits: list[float]) -> list[float]:
    """One learner after each wait (seconds) presses Run; seconds to the first task started of each."""
    found: list[float] = []

    def one(visitor: Visitor) -> None:
        found.append(click(visitor)["first task-started"])

    threads = []
    visitors = [Visitor(product) for _ in waits]
    for wait, visitor in zip(waits, visitors, strict=True):
        time.sleep(wait)
        threads.append(threading.Thread(target=one, args=(visitor,)))
        threads[-1].start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(found) == len(waits), "a run was not accounted for"
    return found


def warm_memory(product: Product) -> list[float]:
    """PSS in MiB of each warm jail, from /proc."""
    from tests.kill_matrix import jailed  # the matrix owns the reading of pid namespaces; imported where it is needed

    sizes: dict[str, float] = {}
    for pid, space in jailed().items():
        rollup = Path(f"/proc/{pid}/smaps_rollup")
        try:
            line = next(line for line in rollup.read_text().splitlines() if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue
        sizes[space] = sizes.get(space, 0.0) + int(line.split()[1]) / 1024
    return list(sizes.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--burst", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0.0)
    asked = parser.parse_args()
    report: dict[str, Any] = {}
    with Product(pool=4, environment={"LABS_LIVE_RUNS_PER_LEARNER": "4"}) as product:
        product.wait_ready()
        time.sleep(3)
        columns = idle(product, asked.rounds)
        report["idle"] = table("On an idle machine, ms", columns)
        ratio = report["idle"]["cold, plain processes"]["p50"] / report["idle"]["first task-started"]["p50"]
        report["times faster than cold"] = ratio
        sys.stdout.write(f"warm start is {ratio:.1f} times faster than cold\n")
        report["warm jail, MiB PSS"] = warm_memory(product)
        sys.stdout.write(f"warm jails, MiB PSS: {', '.join(f'{size:.0f}' for size in report['warm jail, MiB PSS'])}\n")
        if asked.burst:
            report["burst"] = table(
                f"{asked.burst} at once", {"first task-started": crowd(product, [0.0] * asked.burst)}
            )
        if asked.rate:
            waits = [random.expovariate(asked.rate) for _ in range(max(20, asked.rounds))]
            report["rate"] = table(
                f"{asked.rate:g} random clicks a second", {"first task-started": crowd(product, waits)}
            )
    folder = state_folder() / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labs.json").write_text(json.dumps(report, indent=1))
    sys.stdout.write(f"written to {folder.relative_to(BASE) if folder.is_relative_to(BASE) else folder}/labs.json\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
