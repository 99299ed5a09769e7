"""The abuse suite's one way of running a family: a real warden, a neighbour, baits, and a look from outside.

A family is a module of this folder with `FAMILY` (its name), `REQUEST` (what the learner submits), `ENDS`
(outcomes that may come) and `SAYS` (words of the sentence that the learner reads, or several of which one is
said). It may have `contained(seen)`, which asserts what is particular to it, and `drive(suite)` where
submitting and reading to the end is not enough.

No family passes because nothing was tried: a driver says `attack begins` before its first line, so that one
that was never read is seen; an end that is not the program's own needs words that only this attack brings
about; and a run of which the watch saw no jail is a breach. `test_harness.py` shows leaks to this harness and
asserts that it sees each.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import pkgutil
import pwd
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from sandbox.protocol import Force, Limits, RunRequest
from sandbox.tests import abuse
from sandbox.tests.abuse.bait import Bait
from sandbox.tests.abuse.neighbour import Neighbour
from sandbox.tests.abuse.processors import Share
from sandbox.tests.abuse.watch import EVERY, Facts, Watch, descendants, jails_of
from sandbox.tests.client import BASE, VENV, Ran, WardenProcess, make_request, process
from sandbox.warden.probe import candidates

MOST_PROCESSES = 135
SPARE_MB, SPARE_WATCHED_MB = 64, 640
"""What a jail may have above its limit: with a control group, and where the warden itself looks five times a
second.
"""
SLOWEST_STATUS = 1.0
"""Seconds that an attack may keep the warden from answering."""
TIME_TO_END = 40.0
"""Wall limit, in seconds, of an attack that must come to its own end: enough on a busy machine, too."""
MOST_TIMES = 10.0
"""The wall limit of an attack that lasts until it is ended becomes at most so many times longer on a busy
machine, because the attack has to come to what it tries.
"""
BUSIEST = 0.5
"""Of a processor, that the warden may use for one run."""
BEGINS = "attack begins"
OWN_ENDS = {"finished", "cancelled", ""}
"""Ends that need no sentence: the program's own, the learner's wish, a connection that was cut."""
LONGEST_EVENT, SPARE_EVENT = 9000, 40
"""Bytes of one event as it arrives, and beyond the 1 MiB of a trace for each."""
TASKS = "from celery import Celery\napp = Celery('shop')\n@app.task\ndef add(a, b):\n    return a + b\n"


def program(text: str, **overrides: Any) -> RunRequest:
    """A run whose only program is this driver. It reports with `bench.mark("found", key=value)`."""
    return make_request({"driver.py": begun(text)}, **{"wall": 6.0, **overrides})


def workers(driver: str, tasks: str = "", count: int = 1, **overrides: Any) -> RunRequest:
    """A run with Celery workers in threads, whose tasks are `add` and those given."""
    lanes = [process(f"worker-{n}", "celery-worker", pool="threads") for n in range(1, count + 1)]
    files = {"tasks.py": TASKS + tasks, "driver.py": begun(driver)}
    return make_request(files, *lanes, process("driver", "python"), **{"wall": 6.0, **overrides})


def begun(text: str) -> str:
    """A driver that writes the mark `attack begins` first, and goes on when that has arrived."""
    return f"import bench; bench.mark({BEGINS!r}); bench.wait_for('mark', text={BEGINS!r})\n{text}"


@dataclass
class Seen:
    """A family's run: what the learner saw, what the system showed, what the programs reported."""

    ran: Ran
    facts: Facts
    survivors: list[int]
    is_root: bool

    @property
    def found(self) -> dict[str, Any]:
        """Everything that programs reported with `found` marks."""
        return {
            key: value for event in self.ran.of("mark", text="found") for key, value in event["data"].items()
        }

    @property
    def trace(self) -> str:
        return json.dumps([self.ran.events, self.ran.refused, self.ran.reason], ensure_ascii=False)


@dataclass
class Report:
    """One line of the table; a text that is not empty names a breach."""

    family: str
    outcome: str = ""
    reason: str = ""
    breach: str = ""
    told: str = ""
    neighbour: str = ""
    survivors: list[int] = field(default_factory=list)
    slow: str = ""
    seconds: float = 0.0

    @property
    def problems(self) -> list[str]:
        left = f"{len(self.survivors)} survivors" if self.survivors else ""
        return [text for text in (self.breach, self.told, self.neighbour, left, self.slow) if text]


class Suite:
    """A warden with a neighbour and baits."""

    def __init__(self, warden: WardenProcess, bait: Bait, *, is_root: bool) -> None:
        self.warden, self.bait, self.is_root = warden, bait, is_root
        share = Share(lambda: (warden.process.pid, *descendants(warden.process.pid)))
        self.neighbour = Neighbour(warden)
        self._left, self._wall = share.left(), 0.0
        grouped = warden.status()["protections"]["memory"]["force"] == Force.FULL
        self._spare_mb = SPARE_MB if grouped else SPARE_WATCHED_MB

    def request(self, family: ModuleType) -> RunRequest:
        """The family's request, with the places of the baits as knobs, and with time to come to its end."""
        made: RunRequest = family.REQUEST
        fields = {name: getattr(made, name) for name in RunRequest.__dataclass_fields__}
        wall = math.ceil(made.limits.wall * min(MOST_TIMES, 1 / self._left))
        if "timed_out" not in family.ENDS:
            wall = max(wall, TIME_TO_END)
        self._wall = wall
        fields["limits"] = replace(made.limits, wall=wall)
        return RunRequest(**{**fields, "knobs": {**made.knobs, **self.bait.knobs}})

    def run(self, family: ModuleType) -> Report:
        """Run one family and judge it."""
        if self.neighbour.is_old:
            self.neighbour.close()
            self.neighbour = Neighbour(self.warden)
        self.wait_until_settled()
        begun = time.monotonic()
        watch = Watch(self.warden)
        try:
            ran = family.drive(self) if hasattr(family, "drive") else self.warden.run(self.request(family))
        finally:
            watch.stop()
        ran.reason = ran.reason.replace(
            f"longer than {self._wall:g} s", f"longer than {family.REQUEST.limits.wall:g} s"
        )
        gone = watch.wait_for_end(1.0 if 0 in getattr(family, "JAILS", {1}) else 30.0)
        survivors = watch.survivors()
        seen = Seen(ran, gone[0] if gone else Facts(), survivors, self.is_root)
        report = Report(family.FAMILY, ran.outcome, ran.reason, survivors=survivors)
        report.told = what_was_told(family, ran)
        report.breach = "; ".join(self._breaches(family, seen, gone))
        self._left = watch.share.left()
        report.neighbour = self.neighbour.harm(begun, watch.share)
        if not watch.answers:
            report.slow = "the warden answered nobody"
        elif (slowest := watch.slowest_status()) > SLOWEST_STATUS:
            report.slow = f"the warden took {slowest:.1f} s to answer"
        elif watch.busy() > BUSIEST:
            report.slow = f"the warden itself used {watch.busy():.0%} of a processor"
        report.seconds = time.monotonic() - begun
        return report

    def wait_for_watch(self) -> None:
        """Wait until the watch has seen the jail."""
        time.sleep(3 * EVERY)

    def wait_until_settled(self, seconds: float = 60.0) -> None:
        """Wait until a jail is warm and no jail is being made or ends, so that only what the next family does
        to jails is counted: on a busy machine an earlier run's jail outlives its last word.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            status = self.warden.wait_until(warm=1)
            if len(jails_of(self.warden.process.pid)) == status["running"] + status["warm"]:
                return
            time.sleep(0.02)

    def wait_until_alone(self, seconds: float = 30.0) -> None:
        """Wait until only the neighbour runs."""
        until = time.monotonic() + seconds
        while self.warden.status()["running"] > 1 and time.monotonic() < until:
            time.sleep(0.02)

    def _breaches(self, family: ModuleType, seen: Seen, gone: list[Facts]) -> Iterator[str]:
        limits: Limits = family.REQUEST.limits
        if len(gone) not in getattr(family, "JAILS", {1}):
            yield f"{len(gone)} jails ended, not one"
        elif gone and not (gone[0].namespace and gone[0].processes):
            yield "nothing was seen of the jail from outside"
        if not hasattr(family, "drive") and not seen.ran.of("mark", text=BEGINS):
            yield "the attack was not begun"
        yield from sorted(seen.facts.wrong)
        if seen.facts.processes > MOST_PROCESSES:
            yield f"{seen.facts.processes} processes"
        if seen.facts.memory_mb > limits.memory_mb + self._spare_mb:
            yield f"{seen.facts.memory_mb:.0f} MiB of memory"
        if self.bait.token in seen.trace or self.neighbour.secret in seen.trace:
            yield "a secret of the host or of the neighbour is in the trace"
        yield from self.bait.touched()
        yield from beyond_caps(seen.ran.events, limits.events)
        if hasattr(family, "contained"):
            try:
                family.contained(seen)
            except (AssertionError, KeyError) as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                yield f"{where.line} [{error}] found {seen.found} said {seen.ran.texts()[-3:]}"[:1200]

    def close(self) -> None:
        self.neighbour.close()


def what_was_told(family: ModuleType, ran: Ran) -> str:
    """What is wrong with the sentence that the learner reads; empty if nothing is."""
    if ran.outcome not in family.ENDS:
        return (
            f"ended {ran.outcome or 'without a word'} ({ran.reason}), not {' or '.join(sorted(family.ENDS))}"
        )
    sentences = (family.SAYS,) if isinstance(family.SAYS, str) else family.SAYS
    fitting = [words for words in sentences if words or ran.outcome in OWN_ENDS]
    if not any(words in ran.reason for words in fitting):
        return f"said “{ran.reason}”, not “{' or '.join(sentences)}”"
    return ""


def beyond_caps(events: list[dict[str, Any]], most: int) -> Iterator[str]:
    """What of a trace exceeds the caps."""
    sizes = [len(json.dumps(event)) for event in events]
    if len(sizes) > most:
        yield f"{len(sizes)} events"
    if sum(sizes) > (1 << 20) + len(sizes) * SPARE_EVENT:
        yield f"a trace of {sum(sizes)} bytes"
    if max(sizes, default=0) > LONGEST_EVENT:
        yield f"an event of {max(sizes)} bytes"


def families() -> list[ModuleType]:
    """Every family of this folder, by name."""
    names = sorted(
        found.name
        for found in pkgutil.iter_modules(abuse.__path__)
        if not found.name.startswith(("_", "test_"))
    )
    modules = [importlib.import_module(f"{abuse.__name__}.{name}") for name in names]
    return [module for module in modules if hasattr(module, "FAMILY")]


def users() -> list[str]:
    """The users as which a warden can run here: root and nobody, or only the present one."""
    return ["root", "nobody"] if os.getuid() == 0 else [pwd.getpwuid(os.getuid()).pw_name]


@contextlib.contextmanager
def suite(user: str) -> Iterator[Suite]:
    """A suite whose warden runs as this user, for the length of a `with`."""
    with tempfile.TemporaryDirectory(prefix="bba-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        bait = Bait(folder)
        prefix = ["/usr/bin/env", f"BAIT={bait.token}"]
        if os.getuid() == 0 and user != "root":
            uid = pwd.getpwnam(user).pw_uid
            os.chown(folder, uid, -1)
            prefix += [sys.executable, "-s", "-m", "sandbox.tests.abuse.as_user", str(uid), *needed(), "--"]
        warden = WardenProcess(folder, pool=2, prefix=tuple(prefix))
        try:
            status = warden.wait_until(warm=1)
            assert status["mode"] == "jail", status["sentence"]
            made = Suite(warden, bait, is_root=user == "root")
            yield made
            made.close()
        finally:
            warden.stop()
            bait.close()


def needed() -> list[str]:
    """Folders that an unprivileged warden has to reach: interpreters, environments, the repository,
    bubblewrap.
    """
    interpreters = [Path(sys.executable).resolve(), (VENV / "bin" / "python").resolve()]
    folders = [*(path.parent.parent for path in interpreters), Path(sys.prefix), VENV.resolve(), BASE]
    folders += [path.parent for path in candidates()]
    return sorted({str(path) for path in folders})
