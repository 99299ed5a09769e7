"""The product itself, booted by `manage.py up` on a free port with a state folder of its own, for tests and
measurements.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from xmlrpc.client import ServerProxy

import httpx
from supervisor.xmlrpc import SupervisorTransport

from config.operations import up

BASE = Path(__file__).resolve().parent.parent
BOOT_WITHIN = 180.0
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Shared: to read the machine's certificates for each plain connection costs more processor time than the
start of a run.
"""


class Product:
    """One running Backburner. Use it as a context manager; `address` ends with a slash."""

    def __init__(
        self,
        *,
        state: Path | None = None,
        pool: int = 2,
        slots: int = 4,
        environment: dict[str, str] | None = None,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bb-", ignore_cleanup_errors=True)
        self.state = state or Path(self._folder.name) / "state"
        self.runtime = Path(self._folder.name) / "run"
        self.options = ("--port", "0", "--pool", str(pool), "--slots", str(slots))
        clean = {
            k: v
            for k, v in os.environ.items()
            if k not in {"SECRET_KEY", "STATIC_MANIFEST", "CACHE_URL", "DJANGO_SETTINGS_MODULE"}
        }
        mine = {
            "BACKBURNER_STATE": str(self.state),
            "BACKBURNER_RUNTIME": str(self.runtime),
            "PYTHONUNBUFFERED": "1",
        }
        self.environment = {**clean, **mine, **(environment or {})}
        self.base = BASE
        self.visitors: list[Visitor] = []
        self.viewers: list[Viewer] = []
        self.address = ""
        self.said: list[str] = []

    def __enter__(self) -> Product:
        try:
            return self.boot()
        except BaseException:
            self._folder.cleanup()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._folder.cleanup()

    def boot(self, *options: str) -> Product:
        """Start and wait for the line with the address; raises `AssertionError` with what was said when it
        does not come.
        """
        command = [sys.executable, str(self.base / "manage.py"), "up", *self.options, *options]
        self.process = subprocess.Popen(
            command,
            cwd=self.base,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        announced = threading.Event()
        self.listener = threading.Thread(target=self._listen, args=(announced,), daemon=True)
        self.listener.start()
        if not announced.wait(BOOT_WITHIN) or not self.address:
            self.stop()
            raise AssertionError("the product did not start:\n" + "\n".join(self.said))
        return self

    def _listen(self, announced: threading.Event) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                self.said.append(line.rstrip())
                if line.startswith("Backburner is at "):
                    self.address = line.split()[3].rstrip(",")
                    announced.set()
        announced.set()

    def stop(self, name: signal.Signals = signal.SIGINT) -> float:
        """Ask for the end as Ctrl-C does; returns the seconds that it took."""
        began = time.monotonic()
        for viewer in self.viewers:
            viewer.ended.set()
        if self.process.poll() is None:
            self.process.send_signal(name)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        took = time.monotonic() - began
        self.listener.join(timeout=5)
        for viewer in self.viewers:
            viewer.join(timeout=25)
        for visitor in self.visitors:
            visitor.http.close()
        return took

    def survivors(self) -> list[int]:
        """Processes of this product that are alive."""
        return up.survivors(up.mark_of(self.state.resolve()))

    @contextlib.contextmanager
    def supervisor(self) -> Iterator[Any]:
        transport = SupervisorTransport(None, None, f"unix://{self.runtime / 'supervisor.sock'}")
        with ServerProxy("http://localhost", transport) as server:
            yield server.supervisor

    def pid(self, part: str) -> int:
        """The process id of valkey, warden, runner, worker, beat or web; 0 while it is not running."""
        with self.supervisor() as supervisor:
            return next(int(row["pid"]) for row in supervisor.getAllProcessInfo() if row["name"] == part)

    def wait_ready(self, within: float = 120.0) -> None:
        """Until `/readyz` says that all parts are there."""
        deadline = time.monotonic() + within
        words = ""
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                answer = httpx.get(urljoin(self.address, "readyz"), timeout=60)
                if answer.status_code == 200:
                    return
                words = answer.text
            time.sleep(0.1)
        raise AssertionError(f"not ready after {within} s: {words}")


@dataclass
class Visitor:
    """A guest with a cookie jar who uses the JSON API as the bench does."""

    product: Product
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.product.address, cookies=CookieJar(), timeout=60)
        self.product.visitors.append(self)
        self.http.get("/labs/acks-and-crashes/")

    def headers(self) -> dict[str, str]:
        return {"X-CSRFToken": self.http.cookies.get("csrftoken", ""), "Referer": self.product.address}

    def lab(self, slug: str) -> dict[str, Any]:
        return dict(self.http.get(f"/api/labs/{slug}/").raise_for_status().json())

    def start(
        self, slug: str, *, files: dict[str, str] | None = None, knobs: dict[str, Any] | None = None
    ) -> str:
        """Start a run; returns its id."""
        body = {"files": files or {}, "knobs": knobs or {}}
        headers = {**self.headers(), "Idempotency-Key": str(uuid.uuid4())}
        answer = self.http.post(f"/api/labs/{slug}/runs/", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def run(self, run: str) -> dict[str, Any]:
        return dict(self.http.get(f"/api/runs/{run}/").raise_for_status().json())

    def command(self, run: str, action: str, target: str) -> httpx.Response:
        return self.http.post(
            f"/api/runs/{run}/commands/", json={"action": action, "target": target}, headers=self.headers()
        )

    def cancel(self, run: str) -> httpx.Response:
        return self.http.delete(f"/api/runs/{run}/", headers=self.headers())

    def wait_for(self, run: str, *states: str, within: float = 180.0) -> dict[str, Any]:
        """Poll until the run is in one of `states`."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                seen = self.run(run)
                if seen["status"] in states:
                    return seen
            time.sleep(0.05)
        raise AssertionError(f"run {run} is not {states} after {within} s")


class Viewer(threading.Thread):
    """An EventSource: reads a run's stream, resumes by Last-Event-ID, stops at `event: end` or 204."""

    def __init__(self, product: Product, run: str, *, within: float = 280.0) -> None:
        super().__init__(daemon=True)
        self.address = urljoin(product.address, f"api/runs/{run}/events/")
        self.deadline = time.monotonic() + within
        self.events: list[dict[str, Any]] = []
        self.at: list[float] = []
        self.connections = 0
        self.ended = threading.Event()
        self.news = threading.Condition()
        product.viewers.append(self)
        self.start()

    def run(self) -> None:
        while not self.ended.is_set() and time.monotonic() < self.deadline:
            with contextlib.suppress(httpx.HTTPError, OSError):
                self._connect()
            time.sleep(0.05)

    def _connect(self) -> None:
        last = {"Last-Event-ID": str(self.events[-1]["seq"])} if self.events else {}
        timeout = httpx.Timeout(60, connect=20)
        with httpx.stream("GET", self.address, headers=last, timeout=timeout, verify=NO_TLS) as answer:
            self.connections += 1
            if answer.status_code == 204:
                self.ended.set()
            kind = ""
            for line in answer.iter_lines():
                if line.startswith("event:"):
                    kind = line[6:].strip()
                elif line.startswith("data:") and kind != "end":
                    with self.news:
                        self.events.append(json.loads(line[5:]))
                        self.at.append(time.monotonic())
                        self.news.notify_all()
                elif not line:
                    if kind == "end":
                        self.ended.set()
                        with self.news:
                            self.news.notify_all()
                        return
                    kind = ""

    def wait_for(self, kind: str, *, within: float = 120.0, **match: Any) -> dict[str, Any]:
        """The first event of `kind` whose fields (or data) match."""

        def found() -> dict[str, Any] | None:
            for event in list(self.events):
                if event["kind"] == kind and all(
                    event.get(k, event["data"].get(k)) == v for k, v in match.items()
                ):
                    return event
            return None

        with self.news:
            assert self.news.wait_for(lambda: found() or self.ended.is_set(), within), (
                f"no {kind} {match} within {within} s"
            )
        event = found()
        assert event is not None, f"the stream ended without {kind} {match}"
        return event

    def sequence(self) -> list[int]:
        return [event["seq"] for event in self.events]
