"""From a click to the first `task-started`, the whole way: HTTP, Celery, warden, jail, stream.

Beside it, in the same run and in turns, the same lab started cold: a Valkey server and a Celery worker as
plain processes with no jail, and the driver's first task sent as soon as a worker answers.

    python -m benchmarks.bench_labs [--rounds 12] [--burst N] [--rate CLICKS_PER_SECOND]

`--burst N`: N learners press Run at the same moment and let their runs go to the end; beside it the ideal,
which is N times the service time of a run among `SLOTS` at once, divided by the slots (Little's law). `--rate
R`: clicks at random moments, R a second for a minute, each run cancelled after its first task.
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
from datetime import datetime
from pathlib import Path
from typing import Any

from config.operations import up
from config.places import BASE, state_folder
from tests.product import Product, Viewer, Visitor

LABS = ("visibility-timeout", "acks-and-crashes")
"""The small lab: two thread workers, a stub, a driver. The large one: two prefork workers, two stubs, a
driver.
"""
WHOLE = "celery-first-worker"
"""The lab with the shortest run, for bursts of whole runs."""
SLOTS = 4
COLD = "cold, plain processes"
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
    environment = {
        **os.environ,
        "CELERY_BROKER_URL": f"redis+socket://{socket}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    began = time.monotonic()
    quiet: dict[str, Any] = {
        "cwd": folder,
        "env": environment,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    processes = [
        subprocess.Popen(
            [up.valkey_server(), "--port", "0", "--unixsocket", str(socket), "--save", ""], **quiet
        )
    ]
    try:
        processes.append(
            subprocess.Popen([python, "-m", "celery", "-A", "tasks", "worker", "-c", "1", "-E"], **quiet)
        )
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


def click(visitor: Visitor, lab: str) -> dict[str, float]:
    """One run, cancelled after its first task started; seconds from the click to what the client saw."""
    began = time.monotonic()
    run = visitor.start(lab)
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
    sys.stdout.write(f"\n{title}\n{'':44}{'p50':>9}{'p95':>9}{'n':>5}\n")
    found = {}
    for name, values in columns.items():
        found[name] = {
            "p50": statistics.median(values) * 1e3,
            "p95": percentile(values, 0.95) * 1e3,
            "n": len(values),
        }
        sys.stdout.write(f"{name:44}{found[name]['p50']:9.0f}{found[name]['p95']:9.0f}{len(values):5}\n")
    sys.stdout.flush()
    return found


def idle(product: Product, rounds: int) -> dict[str, list[float]]:
    """A B C A B C: a warm click on an idle product for each lab, then the same thing cold."""
    columns: dict[str, list[float]] = {}
    visitor = Visitor(product)
    for _ in range(rounds):
        for lab in LABS:
            for name, seconds in click(visitor, lab).items():
                columns.setdefault(f"{lab}: {name}", []).append(seconds)
            time.sleep(2)  # the pool refills, the machine is idle again
        columns.setdefault(COLD, []).append(cold_start())
        time.sleep(0.5)
    return columns


def random_clicks(product: Product, rate: float) -> list[float]:
    """Seconds to the first task started of each of a minute's clicks, by learners of their own."""
    waits = [random.expovariate(rate) for _ in range(round(60 * rate))]
    visitors = [Visitor(product) for _ in waits]
    found: list[float] = []

    def one(visitor: Visitor) -> None:
        found.append(click(visitor, LABS[0])["first task-started"])

    threads = [threading.Thread(target=one, args=(visitor,)) for visitor in visitors]
    for wait, thread in zip(waits, threads, strict=True):
        time.sleep(wait)
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(found) == len(waits), "a run was not accounted for"
    return found


def batch(product: Product, size: int) -> tuple[float, list[float]]:
    """So many whole runs at once: seconds until the last has ended, and how long each was served.

    Asserts that none is lost and that no two that wait are told the same place in the queue.
    """
    visitors = [Visitor(product) for _ in range(size)]
    began = time.monotonic()
    runs = [visitor.start(WHOLE) for visitor in visitors]
    first, second = (
        [visitor.run(run)["queue_position"] for visitor, run in zip(visitors, runs, strict=True)]
        for _ in range(2)
    )
    if first == second:  # nobody was called up while they were asked, so no two may have been told the same
        places = [place for place in first if place]
        assert len(set(places)) == len(places), f"places in the queue: {places}"
    viewers = [Viewer(product, run, within=240) for run in runs]
    for viewer in viewers:
        assert viewer.ended.wait(240), "a run was not accounted for"
    took = time.monotonic() - began
    served = []
    for visitor, run in zip(visitors, runs, strict=True):
        row = visitor.run(run)
        assert row["outcome"] in ("passed", "failed_checks"), row
        started, ended = (datetime.fromisoformat(row[name]) for name in ("started_at", "ended_at"))
        served.append((ended - started).total_seconds())
    return took, served


def burst(product: Product, size: int) -> dict[str, float]:
    """The time of a burst beside the ideal one. The service time is taken before and after, with all slots at
    work.
    """
    services: list[float] = []
    for turn in range(2):
        services += batch(product, SLOTS)[1]
        time.sleep(4)
        if turn == 0:
            took, _ = batch(product, size)
            time.sleep(4)
    ideal = size * statistics.median(services) / SLOTS
    found = {
        "took s": took,
        "service s": statistics.median(services),
        "ideal s": ideal,
        "ratio": took / ideal,
    }
    sys.stdout.write(
        f"\n{size} whole runs at once: {took:.1f} s, ideal {ideal:.1f} s, ratio {took / ideal:.2f}\n"
    )
    return found


def warm_memory(product: Product) -> list[float]:
    """PSS in MiB of each warm jail, from /proc."""
    from tests.kill_matrix import (
        jailed,  # the matrix owns the reading of pid namespaces; imported where it is needed
    )

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
    with Product(pool=4, slots=SLOTS) as product:
        product.wait_ready()
        time.sleep(3)
        report["idle"] = table("On an idle machine, ms", idle(product, asked.rounds))
        cold = report["idle"][COLD]["p50"]
        for lab in LABS:
            report[f"{lab}: times faster than cold"] = (
                cold / report["idle"][f"{lab}: first task-started"]["p50"]
            )
            sys.stdout.write(
                f"{lab}: {report[f'{lab}: times faster than cold']:.1f} times faster than cold\n"
            )
        report["warm jail, MiB PSS"] = warm_memory(product)
        sys.stdout.write(
            f"warm jails, MiB PSS: {', '.join(f'{size:.0f}' for size in report['warm jail, MiB PSS'])}\n"
        )
        if asked.rate:
            columns = {f"{LABS[0]}: first task-started": random_clicks(product, asked.rate)}
            report["rate"] = table(f"{asked.rate:g} random clicks a second", columns)
        if asked.burst:
            report["burst"] = burst(product, asked.burst)
    folder = state_folder() / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labs.json").write_text(json.dumps(report, indent=1))
    sys.stdout.write(
        f"written to {folder.relative_to(BASE) if folder.is_relative_to(BASE) else folder}/labs.json\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
