"""The feed behind a real server, through the one-port door, as browsers and scripts meet it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from accounts.models import User
from config.asgi import application
from labs.live import stream
from labs.models import Lab, Run
from labs.runner.event_log import run_ended
from labs.tests.factories import make_run
from sandbox.protocol import Kind

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


class Served:
    """uvicorn with the door, in a thread of this process."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(
            uvicorn.Config(application, log_level="critical", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listening]})
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def stop(self) -> None:
        """Ask it to end; fails if it waits for a viewer, who would stay for ever."""
        self._server.should_exit = True
        self._thread.join(timeout=60)
        self._listening.close()
        assert not self._thread.is_alive()


@pytest.fixture
def served(valkey: object) -> Iterator[Served]:
    made = Served()
    yield made
    made.stop()


@pytest.fixture
def address(served: Served) -> str:
    return served.address


@pytest.fixture
def run(lab: Lab, learner: User) -> Run:
    return make_run(lab, learner)


def put(run: Run, first: int, *bodies: str) -> None:
    stream.append_events(run.pk, 1, first, [(f"{first}.0", body) for body in bodies])


def test_a_stream_that_breaks_is_resumed_without_gap_or_double(address: str, run: Run) -> None:
    events = f"{address}/api/runs/{run.pk}/events/"
    put(run, 1, *(stream.run_event(Kind.MARK, text=str(number)) for number in range(5)))
    seen: list[str] = []
    with httpx.stream("GET", events, timeout=60) as answer:
        for line in answer.iter_lines():
            if line.startswith("id: "):
                seen.append(line[4:])
            if len(seen) == 3:
                break
    put(run, 6, run_ended("ran", ""))
    text = httpx.get(events, headers={"Last-Event-ID": seen[-1]}, timeout=60).text
    seen += [line[4:] for line in text.splitlines() if line.startswith("id: ")]
    assert seen == ["1", "2", "3", "4", "5", "6"]
    assert text.endswith("event: end\ndata: {}\n\n")


def test_a_server_that_stops_does_not_wait_for_viewers(served: Served, run: Run) -> None:
    with httpx.stream("GET", f"{served.address}/api/runs/{run.pk}/events/", timeout=60) as answer:
        assert next(answer.iter_lines()).startswith("retry")
        served.stop()


def test_pages_of_the_api_come_through_the_same_door(address: str, run: Run, lab: Lab) -> None:
    told: dict[str, Any] = httpx.get(f"{address}/api/runs/{run.pk}/", timeout=60).json()
    assert told["events_url"] == f"/api/runs/{run.pk}/events/"
    assert httpx.post(f"{address}/api/labs/{lab.slug}/runs/", json={}, timeout=60).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", ""])
def test_the_feed_does_not_respond_to_a_foreign_host_name(address: str, run: Run, host: str) -> None:
    put(run, 1, stream.run_event(Kind.MARK, text="a"))
    headers = {"Host": host, "Accept": "application/json"}
    refused = httpx.get(f"{address}/api/runs/{run.pk}/events/", headers=headers, timeout=60)
    assert refused.status_code == 400
    assert "mark" not in refused.text
