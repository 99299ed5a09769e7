"""An honest run beside the abuse: it must go on, keep its files and its broker, and see nobody but itself."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from dataclasses import dataclass

from sandbox.tests.client import WardenProcess, make_request

LIFE = 290.0
LONGEST_GAP = 2.0
"""Seconds between two signs of life that a neighbour may have; it gives one every 0.2 s."""
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
        intact=open("/lab/mine").read() == open("/tmp/mine").read() == secret and broker.get("mine").decode() == secret,
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
    """Runs until it is closed; a thread reads its signs of life."""

    def __init__(self, warden: WardenProcess) -> None:
        self.secret = secrets.token_hex(16)
        self.ticks: list[Tick] = []
        self.born = time.monotonic()
        self.said = ""
        request = make_request({"driver.py": DRIVER}, knobs={"secret": self.secret}, wall=LIFE + 10, run="neighbour")
        self._connection = warden.start(request)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self.wait_for_ticks(2, 15)

    @property
    def is_old(self) -> bool:
        """Will its own time be over soon?"""
        return time.monotonic() - self.born > LIFE - 30 or not self._thread.is_alive()

    def wait_for_ticks(self, number: int, seconds: float) -> bool:
        """Wait for so many further signs of life; False when they do not come."""
        wanted, until = len(self.ticks) + number, time.monotonic() + seconds
        while len(self.ticks) < wanted and time.monotonic() < until and self._thread.is_alive():
            time.sleep(0.02)
        return len(self.ticks) >= wanted

    def harm(self, since: float) -> str:
        """What happened to it since then, empty when nothing did. Waits for one further sign of life."""
        if not self.wait_for_ticks(1, LONGEST_GAP):
            return f"the neighbour is silent {self.said}"
        times = [since, *(tick.at for tick in self.ticks if tick.at > since)]
        gap = max(later - earlier for earlier, later in itertools.pairwise(times))
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
        """Its runner goes away."""
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
