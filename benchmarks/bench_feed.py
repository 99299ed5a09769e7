"""From an event's write to its arrival at every viewer of one run, few viewers beside many, on the one-port
door.

    python -m benchmarks.bench_feed [--viewers 2000] [--events 20]

The run waits for a runner that was stopped, so that the only events are those of this script, each with its
time in it. Viewers come from several addresses of this machine, since one address may hold only so many
streams. Their reading is in the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from pathlib import Path
from urllib.parse import urlsplit

from config.places import state_folder
from tests.product import Product, Visitor

LAB = "visibility-timeout"
FEW = 10
OF_ONE_ADDRESS = 100
EVERY = 0.25
"""Seconds between two events."""


async def view(
    host: str, port: int, path: str, own: str, ready: asyncio.Semaphore, events: int
) -> list[float]:
    """Seconds from the write to the arrival of each event."""
    reader, writer = await asyncio.open_connection(host, port, local_addr=(own, 0))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n".encode())
    answer = await reader.readline()
    assert b" 200 " in answer, answer
    while not (await reader.readline()).startswith(b"retry:"):
        pass
    ready.release()
    seen: list[float] = []
    while len(seen) < events:
        line = await reader.readline()
        if line.startswith(b"data: ") and (sent := json.loads(line[6:])["data"].get("text")):
            seen.append(time.time() - float(sent))
    writer.close()
    return seen


async def crowd(address: str, path: str, viewers: int, events: int, tell: Teller) -> list[float]:
    """All viewers of one run at once."""
    host, port = urlsplit(address).hostname or "", urlsplit(address).port or 0
    ready = asyncio.Semaphore(0)
    own = [f"127.0.0.{2 + number // OF_ONE_ADDRESS}" for number in range(viewers)]
    watching = [asyncio.create_task(view(host, port, path, one, ready, events)) for one in own]
    for _ in range(viewers):
        await asyncio.wait_for(ready.acquire(), 60)
    for _ in range(events):
        await asyncio.to_thread(tell.event)
        await asyncio.sleep(EVERY)
    return [seconds for seen in await asyncio.wait_for(asyncio.gather(*watching), 60) for seconds in seen]


class Teller:
    """Writes events into the stream of a run, as its runner would. One product a process: Django keeps its
    settings.
    """

    def __init__(self, product: Product, run: str) -> None:
        os.environ.update(BACKBURNER_STATE=str(product.state), BACKBURNER_RUNTIME=str(product.runtime))
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        from labs.live import stream  # the settings find the product's Valkey only now
        from sandbox.protocol import Kind  # beside it

        self._stream, self._kind, self._run = stream, Kind.MARK, run

    def event(self) -> None:
        body = self._stream.run_event(self._kind, text=str(time.time()))
        first = len(self._stream.read_events(self._run)) + 1
        self._stream.append_events(self._run, 1, first, [("0.0", body)])


def measure(product: Product, viewers: int, events: int) -> dict[str, float]:
    """One run of its own."""
    run = Visitor(product).start(LAB)
    path = f"/api/runs/{run}/events/?after=1"
    seconds = sorted(asyncio.run(crowd(product.address, path, viewers, events, Teller(product, run))))
    assert len(seconds) == viewers * events
    p50, p99 = statistics.median(seconds), seconds[int(len(seconds) * 0.99)]
    return {"viewers": viewers, "p50_ms": p50 * 1000, "p99_ms": p99 * 1000}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--viewers", type=int, default=2000)
    parser.add_argument("--events", type=int, default=20)
    options = parser.parse_args()
    with Product(pool=1, environment={"LABS_GUEST_RUNS": "1"}) as product:
        product.wait_ready()
        with product.supervisor() as supervisor:
            supervisor.stopProcess("site:runner")
        rows = [measure(product, number, options.events) for number in (FEW, options.viewers)]
    for row in rows:
        print(f"{row['viewers']:6} viewers: p50 {row['p50_ms']:.0f} ms, p99 {row['p99_ms']:.0f} ms")
    folder = Path(state_folder()) / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "feed.json").write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
