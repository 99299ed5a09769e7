"""What the protections beyond the namespaces cost: a hardened warden beside a bare one, in turns.

Both make warm jails by bubblewrap, without zygotes. The bare one has no filter of system calls, no control
groups and no mounts of its own with bounds on bytes and inodes; it exists in this script only.

    python -m benchmarks.bench_hardening [--rounds 20]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from config.operations import up
from sandbox.run import read_request
from sandbox.tests.client import Connection
from sandbox.warden.__main__ import listen
from sandbox.warden.build import build
from sandbox.warden.jails.control_groups import ControlGroups
from sandbox.warden.loop import Warden

LABS = Path(__file__).resolve().parent.parent / "content" / "labs"
LAB = "visibility-timeout"
REFILL = 1.5
"""Seconds after a run in which its jail is replaced and the machine comes to rest."""


def serve(place: Path, *, is_hardened: bool) -> None:
    """Be a warden with two warm jails until SIGTERM."""
    listener = listen(place)
    settings, status = build({"main": up.lab_environments()["main"]}, 2, [place], has_zygotes=False)
    if settings is None:
        sys.exit(status.sentence)
    if not is_hardened:
        bare = replace(settings.layout, private=None)
        settings = replace(settings, seccomp=None, groups=ControlGroups({}, 1), layout=bare)
    warden = Warden(listener, settings, pool=2, running=4, status=status)
    signal.signal(signal.SIGTERM, warden.stop)
    warden.run()


@contextlib.contextmanager
def warden(place: Path, *, is_hardened: bool) -> Iterator[Path]:
    """A warden in a process of its own."""
    pid = os.fork()
    if pid == 0:
        serve(place, is_hardened=is_hardened)
        os._exit(0)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), contextlib.closing(Connection(place)) as connection:
                connection.say({"op": "status"})
                if (connection.read() or {}).get("warm") == 2:
                    break
            time.sleep(0.1)
        yield place
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


def start(place: Path) -> float:
    """Seconds from the request to the first task started."""
    request = read_request(LABS / LAB, solution=False, knobs={}, seed=1)
    with contextlib.closing(Connection(place)) as connection:
        connection.say({"op": "run", "request": request.to_json()})
        connection.wait_for("task-started")
        return connection.ran.times[-1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args()
    times: dict[str, list[float]] = {"bare": [], "hardened": []}
    with (
        tempfile.TemporaryDirectory(prefix="bb-") as folder,
        warden(Path(folder) / "bare", is_hardened=False) as bare,
        warden(Path(folder) / "hardened", is_hardened=True) as hardened,
    ):
        for _ in range(asked.rounds):
            for name, place in (("bare", bare), ("hardened", hardened)):
                times[name].append(start(place))
                time.sleep(REFILL)
    for name, seconds in times.items():
        ordered = sorted(seconds)
        p95 = ordered[int(0.95 * len(ordered))]
        sys.stdout.write(
            f"{name:10} p50 {statistics.median(seconds) * 1e3:5.0f} ms  p95 {p95 * 1e3:5.0f} ms\n"
        )
    cost = statistics.median(times["hardened"]) - statistics.median(times["bare"])
    sys.stdout.write(f"hardening costs {cost * 1e3:.1f} ms at p50, from the request to the warden on\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
