"""Processor time of a run by part, beside the same lab's broker and workers as plain processes.

A control group around the warden counts everything that it starts, so only root can run this. A run that does
nothing costs what every run costs: a jail is made, warmed and ended. A lab costs that and its own work.

    python -m benchmarks.bench_cost [--rounds 4] [--lab acks-and-crashes] [--user nobody]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pwd
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from config.operations import up
from sandbox.protocol import RunRequest
from sandbox.run import read_request
from sandbox.tests.abuse.harness import needed
from sandbox.tests.client import WardenProcess, make_request

LABS = Path(__file__).resolve().parent.parent / "content" / "labs"
REST = 2.5
"""Seconds after a run in which its jail is replaced and the machine comes to rest."""


class CountedGroup:
    """A control group, of version 2 or 1, that counts the processor time of what is started in it."""

    def __init__(self, root: Path = Path("/sys/fs/cgroup")) -> None:
        self._parent = root / "cpuacct" if (root / "cpuacct").is_dir() else root
        self._folder = self._parent / f"backburner-bench-{os.getpid()}"
        self._folder.mkdir()

    @contextlib.contextmanager
    def joined(self) -> Iterator[None]:
        """What is started meanwhile is in the group."""
        (self._folder / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield
        finally:
            (self._parent / "cgroup.procs").write_text(str(os.getpid()))

    def seconds(self) -> float:
        """Processor seconds so far."""
        if (usage := self._folder / "cpuacct.usage").exists():
            return int(usage.read_text()) / 1e9
        facts = dict(line.split() for line in (self._folder / "cpu.stat").read_text().splitlines())
        return int(facts["usage_usec"]) / 1e6

    def remove(self) -> None:
        """Remove the group and those that a warden made below it."""
        for folder in sorted((path for path in self._folder.rglob("*") if path.is_dir()), reverse=True):
            folder.rmdir()
        self._folder.rmdir()


@dataclass(frozen=True)
class Cost:
    """Processor seconds of a run and of making the next warm jail: all of them, and the warden's own; the
    run's seconds of wall time.
    """

    whole: float
    warden: float
    lasted: float


def own_seconds(pid: int) -> float:
    """Processor seconds of a process with one thread."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def cost(warden: WardenProcess, group: CountedGroup, request: RunRequest) -> Cost:
    """Run once, wait until the jail is replaced, and count."""
    whole, own, began = group.seconds(), own_seconds(warden.process.pid), time.monotonic()
    ran = warden.run(request)
    lasted = time.monotonic() - began
    assert ran.outcome == "finished", (ran.outcome, ran.reason, ran.refused)
    time.sleep(REST)
    warden.wait_until(warm=1)
    return Cost(group.seconds() - whole, own_seconds(warden.process.pid) - own, lasted)


def medians(count: Callable[[], Cost], rounds: int) -> Cost:
    """The median of each number, after one round that is not counted."""
    count()
    costs = [count() for _ in range(rounds)]
    numbers = ([getattr(one, name) for one in costs] for name in Cost.__dataclass_fields__)
    return Cost(*map(statistics.median, numbers))


def plain(group: CountedGroup, lab: str, request: RunRequest, lasted: float) -> float:
    """Processor seconds of the lab's broker and Celery workers as plain processes for as long as a run lasts.
    Nothing sends them tasks.
    """
    folder = Path(tempfile.mkdtemp(prefix="bb-plain-"))
    for name, text in request.files.items():
        (folder / name).write_text(text)
    broker = f"redis+socket://{folder / 'v.sock'}"
    variables = {"CELERY_BROKER_URL": broker, "CELERY_RESULT_BACKEND": broker, "PYTHONDONTWRITEBYTECODE": "1"}
    servers = {
        str(spec.options["env"]): "http://127.0.0.1:9" for spec in request.processes if "env" in spec.options
    }
    programs = [[up.valkey_server(), "--port", "0", "--unixsocket", str(folder / "v.sock"), "--save", ""]]
    celery = [str(up.lab_environments()["main"] / "bin" / "python"), "-m", "celery"]
    for spec in request.processes:
        if spec.kind == "celery-worker":
            options = ["-P", str(spec.options.get("pool", "prefork")), "-c", "1", "-E", "-n", spec.lane]
            programs.append([*celery, "-A", str(spec.options.get("app", "tasks")), "worker", *options])
    before = group.seconds()
    with group.joined():
        running = [
            subprocess.Popen(
                words,
                cwd=folder,
                env={**os.environ, **variables, **servers},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for words in programs
        ]
    time.sleep(lasted)
    assert [process.poll() for process in running] == [None] * len(running), f"{lab} does not run plainly"
    for process in reversed(running):
        process.terminate()
    for process in running:
        process.wait(20)
    shutil.rmtree(folder)
    return group.seconds() - before


@contextlib.contextmanager
def counted_warden(group: CountedGroup, user: str) -> Iterator[WardenProcess]:
    """A warden with one warm jail, as this user, in the group."""
    with tempfile.TemporaryDirectory(prefix="bb-") as name:
        folder, prefix = Path(name), ()
        folder.chmod(0o755)
        if user != "root":
            uid = pwd.getpwnam(user).pw_uid
            os.chown(folder, uid, -1)
            as_user = [sys.executable, "-s", "-m", "sandbox.tests.abuse.as_user", str(uid)]
            prefix = (*as_user, *needed(), "--")
        with group.joined():
            warden = WardenProcess(folder, pool=1, prefix=prefix)
        try:
            warden.wait_until(warm=1)
            time.sleep(REST)
            yield warden
        finally:
            warden.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--lab", default="acks-and-crashes")
    parser.add_argument("--user", default="root", help="who the warden is")
    asked = parser.parse_args()
    request = read_request(LABS / asked.lab, solution=True, knobs={}, seed=7)
    group = CountedGroup()
    with counted_warden(group, asked.user) as warden:
        empty = medians(lambda: cost(warden, group, make_request({"driver.py": ""})), asked.rounds)
        lab = medians(lambda: cost(warden, group, request), asked.rounds)
    beside = plain(group, asked.lab, request, lab.lasted)
    group.remove()
    rows = {
        "a jail, from its making to its end": empty.whole - empty.warden,
        f"the lab's own processes, in {lab.lasted:.1f} s": (lab.whole - lab.warden)
        - (empty.whole - empty.warden),
        "the warden": lab.warden,
        "together": lab.whole,
        "broker and workers as plain processes": beside,
    }
    for name, seconds in rows.items():
        sys.stdout.write(f"{name:42} {seconds:6.3f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
