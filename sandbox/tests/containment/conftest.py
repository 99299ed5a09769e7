"""A jail to attack, and a neighbour beside it that must not notice."""

from __future__ import annotations

import contextlib
import itertools
import time
from pathlib import Path

import pytest

from sandbox.tests.client import Ran, WardenProcess, make_request, process

NEIGHBOUR = "import bench\nfor _ in range(280):\n    bench.mark('tick')\n    bench.pause(0.1)\n"
LONGEST_GAP = 2.5


class Bench:
    """Runs an attack and asserts what holds for each: the neighbour goes on, the warden answers, time is kept."""

    def __init__(self, warden: WardenProcess) -> None:
        self.warden = warden

    def attack(
        self, code: str, *, files: dict[str, str] | None = None, wall: float = 8.0, worker: bool = False, **more: object
    ) -> Ran:
        """Run `code` as a driver (beside a Celery worker of `tasks.py`, if asked for) and return what the runner saw."""
        specs = [process("worker-1", "celery-worker", pool="threads")] if worker else []
        request = make_request(
            {**(files or {}), "driver.py": code}, *specs, process("driver", "python"), wall=wall, **more
        )
        with contextlib.closing(self.warden.start(make_request({"driver.py": NEIGHBOUR}, wall=30))) as neighbour:
            neighbour.wait_for("mark")
            begun = time.monotonic()
            ran = self.warden.run(request)
            assert time.monotonic() - begun < wall + 5
            asked = time.monotonic()
            assert self.warden.status()["mode"] == "jail"
            assert time.monotonic() - asked < 1.0, "the warden is slow to answer"
            neighbour.say({"op": "cancel"})
            beside = neighbour.rest()
        assert beside.outcome == "cancelled", beside.reason
        at = [event["data"]["at"] for event in beside.of("mark", text="tick")]
        assert max((later - earlier for earlier, later in itertools.pairwise(at)), default=0.0) < LONGEST_GAP
        return ran


@pytest.fixture
def bench(warden: WardenProcess) -> Bench:
    """The warden of the session, to be attacked."""
    return Bench(warden)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.jail)
