from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from django.db import OperationalError

from labs.live import heartbeats
from labs.operations import readiness
from labs.runner.runner import Runner
from labs.tests.fake_warden import FakeWarden
from sandbox.protocol import Force, Protection, WardenStatus

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
COMPOSE = Path(__file__).resolve().parents[2] / "docker-compose.yml"


def status(mode: str = "jail", sentence: str = "") -> WardenStatus:
    return WardenStatus(mode, 1, 4, 0, ("main",), {"seccomp": Protection(Force.FULL, "142 denied")}, sentence)


def beat(runner: str, said: WardenStatus | None) -> None:
    heartbeats.send(runner, said, running=0, slots=4)


def test_a_runner_with_a_warden_makes_the_site_ready() -> None:
    beat("here-1", status())
    assert readiness.readiness() == {"database": "ok", "broker": "ok", "runner": "ok"}


def test_without_a_runner_it_is_said_that_the_runner_is_missing() -> None:
    assert readiness.readiness()["runner"] == "no runner has a fresh heartbeat"


def test_a_runner_that_does_not_reach_its_warden_is_not_enough() -> None:
    beat("here-1", None)
    assert readiness.readiness()["runner"] == "no runner reaches its warden"


def test_without_valkey_broker_and_runner_are_named(settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    found = readiness.readiness()
    assert found["database"] == "ok"
    assert found["runner"].startswith("heartbeats cannot be read")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            redis.ConnectionError("Error 111 connecting to valkey:6379. Connection refused."),
            "does not respond",
        ),
        (redis.TimeoutError("Timeout reading from socket"), "does not respond in time"),
        (redis.BusyLoadingError("Redis is loading the dataset in memory"), "is loading its data"),
        (redis.ReadOnlyError("You can't write against a read only replica."), "accepts no writes"),
        (redis.AuthenticationError("invalid username-password pair"), "refuses our name or password"),
        (
            OperationalError('FATAL: password authentication failed for user "site"'),
            "refuses our name or password",
        ),
        (OperationalError("connection to server failed: Connection refused"), "does not respond"),
        (OSError(-2, "Name or service not known"), "has an address that cannot be resolved"),
    ],
)
def test_what_a_part_does_is_said_in_words(error: Exception, words: str) -> None:
    assert readiness.failure_words(error) == words


def test_the_words_look_through_what_a_library_wrapped() -> None:
    error = RuntimeError("broken")
    error.__cause__ = redis.AuthenticationError("Authentication required.")
    assert readiness.failure_words(error) == "refuses our name or password"


def test_a_heartbeat_goes_by_itself_and_a_farewell_at_once(valkey: redis.Redis) -> None:
    beat("here-1", status())
    beat("here-2", status())
    assert 0 < valkey.ttl(heartbeats.key_of("here-1")) <= heartbeats.FRESH
    heartbeats.withdraw("here-1")
    valkey.delete(heartbeats.key_of("here-2"))
    assert heartbeats.fresh_runners() == {}
    assert valkey.smembers(heartbeats.NAMES) == set()


def test_recordings_only_when_every_warden_says_so() -> None:
    assert heartbeats.recordings_only() is None
    beat("here-1", status("replay", "No user namespaces."))
    assert heartbeats.recordings_only() == "No user namespaces."
    beat("here-2", status())
    assert heartbeats.recordings_only() is None


def test_a_runner_tells_what_its_warden_says(warden: FakeWarden) -> None:
    runner = Runner(slots=3)
    runner.housekeeping.round()
    ((_, said),) = heartbeats.fresh_runners().items()
    assert said["slots"] == 3
    assert said["warden"]["mode"] == "jail"


def test_a_runner_whose_warden_is_away_says_so(settings: Any) -> None:
    settings.WARDEN_SOCKET = settings.WARDEN_SOCKET.with_name("nobody.sock")
    Runner().housekeeping.round()
    ((_, said),) = heartbeats.fresh_runners().items()
    assert said["warden"] is None


def test_the_health_check_of_compose_knows_a_runner_of_its_own_host_by_its_heartbeat(settings: Any) -> None:
    _, *words = yaml.safe_load(COMPOSE.read_text())["services"]["runner"]["healthcheck"]["test"]
    probe = [sys.executable, *words[1:]]

    def is_healthy() -> bool:
        environment = {"REDIS_URL": settings.REDIS_URL, "PATH": os.environ["PATH"]}
        return subprocess.run(probe, env=environment, capture_output=True, timeout=120).returncode == 0

    beat("another-host-7", None)
    assert not is_healthy()
    beat(f"{socket.gethostname()}-7", None)
    assert is_healthy()
    heartbeats.withdraw(f"{socket.gethostname()}-7")
    assert not is_healthy()
