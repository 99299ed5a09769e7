"""`make verdicts`: do the labs judge rightly when many learners run them at once, on an idle or busy machine?

    make verdicts                   every lab, starter and solution, 8 learners at once, 25 rounds each way:
                                    400 runs, half of them beside four busy loops
    make verdicts VERDICTS="--rounds 1 --learners 4 --loops 4"

Solutions have to pass, and starters have to fail exactly what their authors name. A run that ends not judged
is counted, and is not wrong. All runs go through the queue, the runner and the warden of a product of their
own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import queue
import sys
import threading
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.product import BASE, Product, Visitor

LABS = BASE / "content/labs"
WAYS = ("starter", "solution")
PATIENCE = 1800.0
MANY = "1000000"


def spin() -> None:
    """A busy loop."""
    while True:
        pass


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """So many processes that each use all of a core that they get."""
    spinning = [multiprocessing.Process(target=spin, daemon=True) for _ in range(loops)]
    for one in spinning:
        one.start()
    try:
        yield
    finally:
        for one in spinning:
            one.kill()


@dataclass(frozen=True)
class Job:
    """One run: a lab's starter or its solution."""

    slug: str
    way: str

    @property
    def folder(self) -> Path:
        return LABS / self.slug

    @property
    def files(self) -> dict[str, str]:
        """What the learner changed."""
        if self.way == "starter":
            return {}
        return {
            path.name: path.read_text() for path in (self.folder / "solution").iterdir() if path.is_file()
        }

    @property
    def fails(self) -> set[str]:
        """The checks that must not pass."""
        lab = tomllib.loads((self.folder / "lab.toml").read_text())
        return set(lab["starter_fails"]) if self.way == "starter" else set()


@dataclass
class Tally:
    """What came of many runs."""

    ends: Counter[str] = field(default_factory=Counter)
    again: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, job: Job, run: dict[str, Any]) -> None:
        """Count one ended run, as the API shows it, and print a line."""
        end, words = verdict(job, run)
        with self.lock:
            self.ends[end] += 1
            self.again += run["claim"] > 1
            print(f"{job.slug:22} {job.way:9} {end:10} {words}", flush=True)  # noqa: T201 (the output)

    def sentence(self, loops: int, learners: int) -> str:
        runs = sum(self.ends.values())
        share = self.ends["not judged"] / max(runs, 1)
        return (
            f"{loops} busy loops, {learners} learners: {self.ends['WRONG']} wrong of {runs}, "
            f"{self.ends['not judged']} not judged ({share:.0%}), {self.again} were run again"
        )


def verdict(job: Job, run: dict[str, Any]) -> tuple[str, str]:
    """`right`, `not judged` or `WRONG`, and for the last two what was seen."""
    kinds = {check["id"]: check["verdict"] for check in run["checks"]}
    seen = [f"{c['id']} {c['verdict']}: {c['observed'][:200]}" for c in run["checks"]]
    if run["outcome"] == "not_judged":
        return "not judged", "; ".join(line for line in seen if "not_judged" in line)
    failed = {name for name, kind in kinds.items() if kind != "passed"}
    if run["outcome"] in ("passed", "failed_checks") and failed == job.fails:
        return "right", ""
    odd = [line for line in seen if line.split(" ")[0] in failed ^ job.fails]
    return "WRONG", f"{run['outcome']} {run['reason']} {'; '.join(odd)}"


def learner(product: Product, jobs: queue.SimpleQueue[Job], tally: Tally) -> None:
    """One learner, who starts the next run when the last one has ended."""
    visitor = Visitor(product)
    while True:
        try:
            job = jobs.get_nowait()
        except queue.Empty:
            return
        run = visitor.start(job.slug, files=job.files)
        tally.note(job, visitor.wait_for(run, "ended", within=PATIENCE))


def measure(product: Product, rounds: int, learners: int) -> Tally:
    """Run every lab both ways, `rounds` times."""
    jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
    slugs = sorted(path.parent.name for path in LABS.glob("*/solution"))
    for job in [Job(slug, way) for _ in range(rounds) for slug in slugs for way in WAYS]:
        jobs.put(job)
    tally = Tally()
    threads = [threading.Thread(target=learner, args=(product, jobs, tally)) for _ in range(learners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not jobs.empty():
        raise SystemExit("the learners stopped before all runs had been started")
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(prog="make verdicts")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--learners", type=int, default=8)
    parser.add_argument("--loops", type=int, nargs="*", default=[0, 4], help="numbers of busy loops")
    options = parser.parse_args()
    wrong = 0
    quotas = {"LABS_RUNS_PER_HOUR_PER_LEARNER": MANY, "LABS_RUNS_PER_HOUR_PER_ADDRESS": MANY}
    quotas |= {"WRITES_PER_MINUTE_PER_ADDRESS": MANY, "WRITTEN_MB_PER_DAY_PER_ADDRESS": MANY}
    with Product(environment=quotas) as product:
        product.wait_ready()
        for loops in options.loops:
            with busy(loops):
                tally = measure(product, options.rounds, options.learners)
            print(tally.sentence(loops, options.learners), flush=True)  # noqa: T201 (the command's output)
            wrong += tally.ends["WRONG"]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
