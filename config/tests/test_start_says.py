"""What a start says while it waits: the missing part, once, whenever that changes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any, cast

import pytest

from config.management.commands import up as command

RUNNER, WARDEN = "runner: no runner has a fresh heartbeat", "warden: no answer"


class Probe(BaseHTTPRequestHandler):
    """`/readyz` of a site that misses one part after the other; 200 when the list is empty."""

    missing: list[str] = []

    def do_GET(self) -> None:
        words = self.missing.pop(0) if self.missing else ""
        self.send_response(503 if words else 200)
        self.end_headers()
        self.wfile.write(words.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the console of the tests."""


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Probe) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def parts() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        yield running
        running.kill()


def said(parts: subprocess.Popen[bytes], address: str, **options: Any) -> tuple[str | None, list[str]]:
    """What `ready` returns, and what it says."""
    words: list[str] = []
    going_on = cast("command.Stop", SimpleNamespace(requested=False))
    return command.ready(parts, address, going_on, words.append, **options), words


def test_each_missing_part_is_said_once_and_readiness_ends_the_wait(monkeypatch, address, parts) -> None:
    monkeypatch.setattr(command, "SAY_AFTER", 0.0)
    Probe.missing = [RUNNER, RUNNER, WARDEN, WARDEN, RUNNER]
    assert said(parts, address) == (None, [f"Waiting: {one}." for one in (RUNNER, WARDEN, RUNNER)])


def test_what_the_reader_was_told_is_not_said_again(monkeypatch, address, parts) -> None:
    monkeypatch.setattr(command, "SAY_AFTER", 0.0)
    Probe.missing = [RUNNER, RUNNER]
    assert said(parts, address, known=RUNNER) == (None, [])


def test_a_quick_start_says_nothing(address, parts) -> None:
    Probe.missing = []
    assert said(parts, address) == (None, [])


def test_a_site_that_does_not_respond_is_said_and_returned_at_the_deadline(monkeypatch, parts) -> None:
    monkeypatch.setattr(command, "SAY_AFTER", 0.0)
    nobody = "http://127.0.0.1:9/"
    silence = "the web server does not respond yet"
    assert said(parts, nobody, within=0.5) == (silence, [f"Waiting: {silence}."])


def test_the_wait_ends_with_the_parts(address, parts) -> None:
    parts.kill()
    parts.wait()
    Probe.missing = [RUNNER] * 5
    said(parts, address)
    assert len(Probe.missing) == 5
