"""`kind = "probe"`: requests one page of a web process at a fixed pace and reports the response times.

Options: `env` (the variable that holds the address, default `WEB_URL`), `path` (default `/ping`), and in
seconds `every` (default 0.01), `timeout` (5) and `summary` (between `probe` events, 0.25). No code of the
learner runs in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from urllib.parse import urlsplit

from sandbox.inside.processes.lane_process import LaneProcess, Launch

VERSION = "1"
MOST_OPEN = 50


class Probe(LaneProcess):
    def run(self, launch: Launch) -> None:
        launch.up(VERSION)
        asyncio.run(_Requests(launch).run())


class _Requests:
    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        address = urlsplit(os.environ[str(launch.option("env", "WEB_URL"))])
        self._host, self._port = address.hostname or "127.0.0.1", address.port or 80
        path = launch.option("path", "/ping")
        # The instruments of the web process leave out requests for the host `probe`.
        self._request = f"GET {path} HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n".encode()
        self._every = max(0.005, float(launch.option("every", 0.01)))
        self._timeout = float(launch.option("timeout", 5))
        self._waits: list[float] = []
        self._failed = 0

    async def run(self) -> None:
        """Send at a fixed pace, however late responses come, with at most `MOST_OPEN` requests open."""
        asyncio.get_running_loop().create_task(self._summarise())
        under_way: set[asyncio.Task[None]] = set()
        while True:
            if len(under_way) < MOST_OPEN:
                task = asyncio.ensure_future(self._send())
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            await asyncio.sleep(self._every)

    async def _send(self) -> None:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                writer.write(self._request)
                first = await reader.readline()
                with contextlib.suppress(OSError):
                    writer.close()
            if not first.startswith(b"HTTP/1.1 2"):
                self._failed += 1
            self._waits.append(time.monotonic() - begun)
        except (OSError, TimeoutError):
            self._failed += 1

    async def _summarise(self) -> None:
        pause = max(0.2, float(self._launch.option("summary", 0.25)))
        while True:
            await asyncio.sleep(pause)
            waits, self._waits, failed, self._failed = sorted(self._waits), [], self._failed, 0
            if waits or failed:
                self._launch.channel.note("probe", data={**summary(waits), "failed": failed})


def summary(waits: list[float]) -> dict[str, float | int | None]:
    """`count`, and in seconds `p50`, `p99`, `worst` of sorted waits."""
    if not waits:
        return {"count": 0, "p50": None, "p99": None, "worst": None}
    at = [round(waits[min(len(waits) - 1, int(len(waits) * share))], 5) for share in (0.5, 0.99)]
    return {"count": len(waits), "p50": at[0], "p99": at[1], "worst": round(waits[-1], 5)}
