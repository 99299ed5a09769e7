"""An honest run beside the abuse. It must go on, keep its files and its broker, and see no other run."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from dataclasses import dataclass

from sandbox.tests.abuse.processors import Share
from sandbox.tests.client import WardenProcess, make_request

LIFE = 290.0
LONGEST_GAP = 2.0
"""Seconds between two signs of life, as on a machine of our own; the neighbour gives one every 0.2 s."""
SILENT_AFTER = 60.0
"""Seconds without a sign of life after which a neighbour counts as silent, however busy the machine is."""
DRIVER = """
import os, bench, redis
secret = bench.knob("secret")
broker = redis.Redis.from_url(os.environ["REDIS_URL"])
broker.set("mine", secret)
open("/lab/mine", "w").write(secret)
open("/tmp/mine", "w").write(secret)
while True:
    bench.mark(
        "tick",
        intact={open("/lab/mine").read(), open("/tmp/mine").read(), broker.get("mine").decode()} == {secret},
        keys=broker.dbsize(),
        processes=sum(name.isdigit() for name in os.listdir("/proc")),
        files=sorted(os.listdir("/lab") + os.listdir("/tmp") + os.listdir("/dev/shm")),
    )
    bench.pause(0.2)
"""


@dataclass
class Tick:
    at: float
    intact: bool
    surroundings: tuple[object, ...]
    processes: int


class Neighbour:
    """Runs until it is closed; a thread reads its marks."""

    def __init__(self, warden: WardenProcess) -> None:
        self.secret = secrets.token_hex(16)
        self.ticks: list[Tick] = []
        self.created_at = time.monotonic()
        self.said = ""
        request = make_request(
            {"driver.py": DRIVER}, knobs={"secret": self.secret}, wall=LIFE + 10, run="neighbour"
        )
        self._connection = warden.start(request)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self.wait_for_ticks(2, SILENT_AFTER)

    @property
    def is_old(self) -> bool:
        """Will its own wall time be over soon?"""
        return time.monotonic() - self.created_at > LIFE - 30 or not self._thread.is_alive()

    def wait_for_ticks(self, number: int, seconds: float) -> bool:
        """Wait for this number of further marks; False when they do not come."""
        wanted, until = len(self.ticks) + number, time.monotonic() + seconds
        while len(self.ticks) < wanted and time.monotonic() < until and self._thread.is_alive():
            time.sleep(0.02)
        return len(self.ticks) >= wanted

    def harm(self, since: float, share: Share) -> str:
        """What happened to it since then, empty when nothing did. Waits for one further sign of life.

        `share` says how much of the machine other programs left since then.
        """
        if not self.wait_for_ticks(1, SILENT_AFTER):
            return f"the neighbour is silent {self.said}"
        times = [since, *(tick.at for tick in self.ticks if tick.at > since)]
        gap = max(later - earlier for earlier, later in itertools.pairwise(times)) * share.left()
        if gap > LONGEST_GAP:
            return f"the neighbour stood still for {gap:.1f} s"
        if not all(tick.intact for tick in self.ticks):
            return "the neighbour's files or broker were changed"
        if len({tick.surroundings for tick in self.ticks[1:]}) > 1:
            return f"the neighbour saw strangers: {self.ticks[1].surroundings} {self.ticks[-1].surroundings}"
        if any(later.processes > earlier.processes for earlier, later in itertools.pairwise(self.ticks[1:])):
            return "the neighbour saw a new process"  # fewer there may be: what a jail held ready goes
        return ""

    def close(self) -> None:
        """Close its runner's connection."""
        self._connection.socket.shutdown(2)
        self._thread.join(5)
        self._connection.close()

    def _listen(self) -> None:
        while (message := self._connection.read()) is not None:
            event = message.get("event")
            if event and event["kind"] == "mark" and event["data"].get("text") == "tick":
                data = event["data"]
                around = (data["keys"], *data["files"])
                self.ticks.append(Tick(time.monotonic(), data["intact"], around, data["processes"]))
            elif "end" in message or "refused" in message:
                self.said = str(message)
