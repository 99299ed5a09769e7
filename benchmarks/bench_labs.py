"""From a click to the first `task-started`, the whole way: HTTP, Celery, warden, jail, stream.

Beside it, in the same run and in turns, the same lab started cold: a Valkey server and a Celery worker as
plain processes with no jail, and the driver's first task sent as soon as a worker answers.

    python -m benchmarks.bench_labs [--rounds 12] [--burst N] [--rate CLICKS_PER_SECOND] [--class N]

`--burst N`: N learners press Run at the same moment and let their runs go to the end; beside it the ideal,
which is N times the service time of a run among `SLOTS` at once, divided by the slots (Little's law). `--rate
R`: clicks at random moments, R a second for a minute, each run cancelled after its first task. `--class N`: N
learners press Run within one second, each with the model answer, and wait until their runs have been judged.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.cold_start import cold_start
from config.places import BASE, state_folder
from tests.product import Product, Viewer, Visitor

LABS = ("visibility-timeout", "acks-and-crashes")
"""The small lab: two thread workers, a stub, a driver. The large one: two prefork workers, two stubs, a
driver.
"""
WHOLE = "celery-first-worker"
"""The lab with the shortest run, for bursts of whole runs."""
SLOTS, CLASS_SLOTS = 4, 12
COLD = "cold, plain processes"


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


def school_class(product: Product, size: int) -> dict[str, float]:
    """So many learners run the model answer of `WHOLE`, all clicks within a second. Seconds from a learner's
    click to the first event of the run, for the last and the median learner; seconds until all are judged;
    how many verdicts were other than "passed".
    """
    folder = BASE / "content" / "labs" / WHOLE / "solution"
    files = {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}
    visitors = [Visitor(product) for _ in range(size)]
    begun = time.monotonic()
    firsts: list[float] = []
    verdicts: list[str] = []

    def one(number: int, visitor: Visitor) -> None:
        time.sleep(number / size)
        clicked = time.monotonic()
        run = visitor.start(WHOLE, files=files)
        viewer = Viewer(product, run, within=600)
        first = viewer.wait_for("lane-up", within=600)
        firsts.append(viewer.at[viewer.events.index(first)] - clicked)
        assert viewer.ended.wait(600), "a run was not accounted for"
        verdicts.append(str(visitor.run(run)["outcome"]))

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(700)
    found = {
        "first event, last learner, s": max(firsts),
        "first event, median learner, s": statistics.median(firsts),
        "all judged, s": time.monotonic() - begun,
        "other than passed": len(verdicts) - verdicts.count("passed") + size - len(verdicts),
    }
    sys.stdout.write(f"\n{size} learners press Run within a second\n")
    sys.stdout.writelines(f"{name:44}{value:9.1f}\n" for name, value in found.items())
    return found


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
    parser.add_argument("--slots", type=int, default=0)
    parser.add_argument("--class", type=int, default=0, dest="learners")
    asked = parser.parse_args()
    report: dict[str, Any] = {}
    slots = asked.slots or (CLASS_SLOTS if asked.learners else SLOTS)
    with Product(pool=4, slots=slots) as product:
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
        if asked.learners:
            report["class"] = school_class(product, asked.learners)
    folder = state_folder() / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labs.json").write_text(json.dumps(report, indent=1))
    sys.stdout.write(
        f"written to {folder.relative_to(BASE) if folder.is_relative_to(BASE) else folder}/labs.json\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
