"""`make test`: every part of the suite, several at a time; then the slowest tests and where time went.

A part is one command of its own: pytest on the tests of one kind, or the linters. The parts share nothing:
each has its state folder, Valkey, wardens and product. Parts that mostly wait for jails run beside parts that
compute. The output of a part is kept in `var/tests/<part>.log` and is printed whole when the part fails.

Ctrl-C or SIGTERM ends everything that the parts have started (tests/ending.py).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from xml.etree import ElementTree

from tests.ending import MARK, Descendants

BASE = Path(__file__).resolve().parent.parent
REPORTS = BASE / "var" / "tests"
AT_ONCE = 3
"""Parts that run side by side: two that compute keep two processors busy while a third waits for jails."""
SLOWEST = 10
SITE = ("accounts", "authoring", "config", "courseware", "labs", "quizzes", "tests")
"""The folders with tests, but for `sandbox`."""
REFERENCE_RUNS = "tests/test_reference_runs.py"
PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Part:
    """One command of the suite; `writes_report` says whether it takes pytest's `--junitxml`."""

    name: str
    command: tuple[str, ...]
    writes_report: bool = True

    @property
    def report(self) -> Path:
        return REPORTS / f"{self.name}.xml"

    @property
    def log(self) -> Path:
        return REPORTS / f"{self.name}.log"

    def words(self) -> tuple[str, ...]:
        return (*self.command, f"--junitxml={self.report}") if self.writes_report else self.command


PARTS = (
    # The longest first. Together the parts hold every test: each selects the complement of the others.
    Part("jails", (*PYTEST, "-m", "jail", "-n", "2", "--dist", "worksteal", "sandbox")),
    # Each of its processes has a product and a browser of its own. Each waits two thirds of the time: for
    # starts of the product, for runs in jails, for the browser.
    Part(
        "product",
        (
            *PYTEST,
            "-m",
            "browser or jail",
            "-n",
            "2",
            "--dist",
            "worksteal",
            f"--ignore={REFERENCE_RUNS}",
            *SITE,  # pytest heeds no --ignore for a folder of its testpaths
        ),
    ),
    Part("quick", (*PYTEST, "-m", "not browser and not jail and not audit")),
    Part("reference", (*PYTEST, "-m", "jail", REFERENCE_RUNS)),
    Part("postgres", (sys.executable, "-m", "tests.postgres", "-p", "no:cacheprovider")),
    Part("lint", ("make", "-s", "lint"), writes_report=False),
)


@dataclass
class Result:
    """How a part ended: seconds by the clock, seconds of processor time of all its processes, exit status."""

    part: Part
    seconds: float = 0.0
    processor: float = 0.0
    status: int = 1
    slowest: list[tuple[float, str]] = field(default_factory=list)

    @property
    def row(self) -> str:
        word = "passed" if self.status == 0 else "FAILED"
        return f"{self.part.name:12}{word:8}{self.seconds:8.0f}{self.processor:12.0f}"


def run(part: Part, lock: threading.Lock) -> Result:
    """Run one part to its end and print its row, under `lock`, and its output if it failed."""
    result, began = Result(part), time.monotonic()
    part.report.unlink(missing_ok=True)
    with part.log.open("wb") as log:
        process = subprocess.Popen(
            part.words(),
            cwd=BASE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, MARK: str(os.getpid())},
            start_new_session=True,  # Ctrl-C reaches only the suite, which ends the parts in order
        )
        _, status, used = os.wait4(process.pid, 0)  # Popen.wait would not tell the processor time
        process.returncode = result.status = os.waitstatus_to_exitcode(status)
    result.seconds = time.monotonic() - began
    result.processor = used.ru_utime + used.ru_stime
    result.slowest = sorted(durations(part.report), reverse=True)[:SLOWEST]
    with lock:
        if result.status and not _stopping.is_set():
            sys.stdout.write(part.log.read_text(errors="replace"))
        sys.stdout.write(f"{result.row}\n")
        sys.stdout.flush()
    return result


def durations(report: Path) -> Iterator[tuple[float, str]]:
    """(seconds, name) of each test in a JUnit report, none where pytest wrote no report."""
    if report.is_file():
        for case in ElementTree.parse(report).iter("testcase"):
            yield float(case.get("time", 0)), f"{case.get('classname')}::{case.get('name')}"


def chosen(names: Sequence[str]) -> list[Part]:
    """The parts with these names, all without names; ends the program at an unknown name."""
    known = {part.name: part for part in PARTS}
    if unknown := set(names) - set(known):
        raise SystemExit(f"No part {', '.join(sorted(unknown))}: there are {', '.join(known)}.")
    return [part for part in PARTS if not names or part.name in names]


_stopping = threading.Event()
"""Set when the suite was told to end: parts that fail by that do not print what they said."""


class Stopped(BaseException):
    """Somebody asked the suite to end. `number` is the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _stop(number: int, frame: FrameType | None) -> None:
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # a second Ctrl-C must not leave anything running
    _stopping.set()
    raise Stopped(number)


def run_all(parts: Sequence[Part]) -> list[Result]:
    """Run these parts, `AT_ONCE` at a time. Raises `Stopped`, when all that they started has ended."""
    lock = threading.Lock()
    pool = ThreadPoolExecutor(AT_ONCE)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _stop)
    try:
        return list(pool.map(lambda part: run(part, lock), parts))
    except Stopped:
        pool.shutdown(wait=False, cancel_futures=True)
        Descendants.of_this_process().end()
        raise
    finally:
        pool.shutdown()


def main(*names: str) -> int:
    parts, began = chosen(names), time.monotonic()
    REPORTS.mkdir(parents=True, exist_ok=True)
    head = f"{'part':12}{'':8}{'seconds':>8}{'processor s':>12}"
    sys.stdout.write(f"{head}\n")
    sys.stdout.flush()
    try:
        results = run_all(parts)
    except Stopped as stopped:
        sys.stdout.write("Stopped: everything that the parts had started has ended.\n")
        return 128 + stopped.number
    sys.stdout.write(f"\nThe {SLOWEST} slowest tests\n")
    for seconds, name in sorted((row for result in results for row in result.slowest), reverse=True)[
        :SLOWEST
    ]:
        sys.stdout.write(f"{seconds:8.1f} s  {name}\n")
    sys.stdout.write(f"\nWhere time went\n{head}\n")
    sys.stdout.writelines(f"{result.row}\n" for result in results)
    failed = [result.part.name for result in results if result.status]
    total = Result(
        Part("together", ()), time.monotonic() - began, sum(r.processor for r in results), len(failed)
    )
    sys.stdout.write(f"{total.row}\n")
    if failed:
        again = " ".join(failed)
        sys.stdout.write(f"\nRun what failed again: {Path(sys.executable).name} -m tests.suite {again}\n")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
