"""Pages a second beside an empty template view on the same server: the one-port server and granian's WSGI.

A visitor without a record gets pages that are kept whole. For a guest with a record the page is put
together for each request.

python -m benchmarks.bench_pages [--seconds 3] [--rounds 2]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from config.places import BASE, state_folder

CONNECTIONS = 4
PAGES = {
    "empty view": "/empty/",
    "home": "/",
    "lesson": "/lessons/acks-and-crashes/",
    "quiz": "/quizzes/acks-and-crashes/",
    "lab": "/labs/acks-and-crashes/",
    "glossary": "/glossary/",
    "search": "/search/?q=acknowledgement",
}


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextmanager
def served(door: str, environment: dict[str, str]) -> Iterator[int]:
    """One server process; yields its port."""
    port = free_port()
    command = {
        "one-port server": ["uvicorn", "benchmarks.door:asgi", "--port", str(port), "--log-level", "warning"],
        "granian WSGI": [
            "granian",
            "--interface",
            "wsgi",
            "--port",
            str(port),
            "--no-access-log",
            "--log-level",
            "warning",
            "benchmarks.door:wsgi",
        ],
    }[door]
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=BASE, env=environment)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                httpx.get(f"http://127.0.0.1:{port}/empty/")
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=15)


def cookies(port: int, *, record: bool) -> str:
    """The cookies of a visitor, or of a guest who has read in two lessons."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as visitor:
        visitor.get(PAGES["lesson"])
        if record:
            for lesson in (PAGES["lesson"], "/lessons/slow-request/"):
                form = {
                    "csrfmiddlewaretoken": visitor.cookies["csrftoken"],
                    "section": "",
                    "position": "600",
                    "quiet": "1",
                }
                visitor.post(f"{lesson}position/", data=form).raise_for_status()
            assert "guest" in visitor.cookies
        return "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())


def hammer(port: int, address: str, cookie: str, seconds: float) -> list[float]:
    """Seconds of each response over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    times = []
    deadline = time.monotonic() + seconds
    while (began := time.monotonic()) < deadline:
        connection.request("GET", address, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        assert answer.status < 400, f"{address}: {answer.status}"
        times.append(time.monotonic() - began)
    connection.close()
    return times


def rate(port: int, address: str, cookie: str, seconds: float) -> tuple[float, float]:
    """(requests a second, 95th percentile in ms) over `CONNECTIONS` connections."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        times = sorted(
            t
            for found in pool.map(lambda _: hammer(port, address, cookie, seconds), range(CONNECTIONS))
            for t in found
        )
    return len(times) / seconds, times[int(0.95 * len(times))] * 1e3


def measure(
    door: str, environment: dict[str, str], seconds: float, rounds: int, *, record: bool
) -> dict[str, dict[str, float]]:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in PAGES}
    with served(door, environment) as port:
        cookie = cookies(port, record=record)
        for _ in range(rounds):
            for name, address in PAGES.items():
                found[name].append(rate(port, address, cookie, seconds))
    empty = statistics.median(r for r, _ in found["empty view"])
    who = "with a record" if record else "without a record"
    sys.stdout.write(f"\n{door}, {who}\n{'':14}{'req/s':>8}{'p95 ms':>9}{'of empty':>10}\n")
    rows = {}
    for name, values in found.items():
        speed = statistics.median(r for r, _ in values)
        rows[name] = {"rate": speed, "p95": statistics.median(p for _, p in values), "share": speed / empty}
        sys.stdout.write(f"{name:14}{speed:8.0f}{rows[name]['p95']:9.1f}{rows[name]['share']:10.0%}\n")
    sys.stdout.flush()
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bb-pages-") as state:
        mine = {
            "BACKBURNER_STATE": state,
            "CACHE_URL": "locmemcache://",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": str(BASE),
        }
        environment = {**os.environ, **mine}
        for command in (["migrate"], ["load_content"], ["collectstatic", "--noinput"]):
            subprocess.run(
                [sys.executable, "manage.py", *command, "-v0"], cwd=BASE, env=environment, check=True
            )
        report = {
            f"{door}, {'with' if record else 'without'} a record": measure(
                door, environment, asked.seconds, asked.rounds, record=record
            )
            for door in ("one-port server", "granian WSGI")
            for record in (False, True)
        }
    folder = state_folder() / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    Path(folder / "pages.json").write_text(json.dumps(report, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
