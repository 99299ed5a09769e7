from __future__ import annotations

import socket
from io import StringIO
from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from django.core.management import call_command

from config.operations.checks import check_configuration
from sandbox.protocol import Force, Protection, WardenStatus


def ids() -> dict[str | None, CheckMessage]:
    return {message.id: message for message in check_configuration(None)}


def test_the_shipped_configuration_has_no_errors() -> None:
    assert [key for key in ids() if key and ".E" in key] == []


def test_an_unwritable_state_folder_is_e001(settings, monkeypatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert "BACKBURNER_STATE" in (ids()["backburner.E001"].hint or "")


def test_a_long_folder_for_sockets_is_e002(settings) -> None:
    settings.RUNTIME = Path("/tmp") / ("x" * 100)
    assert "BACKBURNER_RUNTIME" in (ids()["backburner.E002"].hint or "")


def test_a_missing_course_is_e003(settings, tmp_path) -> None:
    settings.CONTENT = tmp_path
    assert "course.toml" in (ids()["backburner.E003"].hint or "")


def test_a_broker_in_redis_py_spelling_is_e004(settings) -> None:
    settings.CELERY_BROKER_URL = "unix:///run/v.sock?db=1"
    assert "redis+socket" in (ids()["backburner.E004"].hint or "")


def test_an_unreadable_redis_address_is_e005(settings) -> None:
    settings.REDIS_URL = "http://valkey/"
    assert "unix://" in (ids()["backburner.E005"].hint or "")


def test_a_public_site_that_lets_every_host_in_is_e006(settings) -> None:
    settings.HTTPS, settings.ALLOWED_HOSTS = True, ["*"]
    assert "backburner.E006" in ids()


def test_a_missing_lab_environment_is_w001(settings, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("BACKBURNER_SANDBOX_VENV", str(tmp_path / "nowhere"))
    assert "make install" in (ids()["backburner.W001"].hint or "")


@pytest.mark.parametrize(("public", "expected"), [(True, True), (False, False)])
def test_guest_runs_on_a_public_site_are_w002(settings, public: bool, expected: bool) -> None:
    settings.HTTPS, settings.LABS_GUEST_RUNS = public, True
    assert ("backburner.W002" in ids()) is expected


def test_a_short_metrics_token_is_w003(settings) -> None:
    settings.METRICS_TOKEN = "short"
    assert "backburner.W003" in ids()


def test_a_public_site_without_a_secret_key_is_w004(settings, monkeypatch) -> None:
    settings.HTTPS = True
    monkeypatch.delenv("SECRET_KEY", raising=False)
    assert "backburner.W004" in ids()


def say(monkeypatch, status: WardenStatus | None) -> None:
    monkeypatch.setattr("config.operations.checks.status", lambda: status)


def check(*options: str, command: str = "check") -> str:
    """What the command prints, on one line."""
    out = StringIO()
    call_command(command, *options, stdout=out, stderr=out, no_color=True)
    return " ".join(out.getvalue().split())


WEAK = {
    "memory": Protection(Force.WEAKER, "watched by the warden every 0.2 s"),
    "mounts": Protection(Force.OFF, "no private mounts"),
    "network": Protection(Force.FULL, "a loopback of its own"),
}


def test_check_says_each_protection_that_is_in_force(monkeypatch) -> None:
    say(monkeypatch, WardenStatus("jail", 1, 1, 0, ("main",), {"network": WEAK["network"]}))
    said = check()
    assert "I001) Protections of the jail in force here: network a loopback of its own" in said
    assert "W005" not in said


def test_a_weaker_protection_of_the_jail_is_w005(monkeypatch) -> None:
    say(monkeypatch, WardenStatus("jail", 1, 1, 0, ("main",), WEAK))
    said = check()
    assert said.count("backburner.W005") == 2
    assert "The jail's protection “memory” is weaker: watched by the warden every 0.2 s." in said
    assert "The jail's protection “mounts” is off: no private mounts." in said
    assert (
        "memory weaker: watched by the warden every 0.2 s mounts off: no private mounts network a loopback"
        in said
    )


def test_a_warden_that_makes_no_jail_is_w006(monkeypatch) -> None:
    say(monkeypatch, WardenStatus("replay", 0, 0, 0, ("main",), {}, "User namespaces are refused."))
    assert "W006) The warden makes no jail, so labs show recordings: User namespaces are refused." in check()


def test_a_checkout_where_nothing_runs_does_not_look_broken(monkeypatch) -> None:
    say(monkeypatch, None)
    said = check()
    assert "No warden runs here now, so the protections are unknown." in said
    assert "WARNINGS" not in said


def test_a_site_in_service_without_a_warden_is_w006(monkeypatch, settings) -> None:
    say(monkeypatch, None)
    said = check("--deploy")
    assert f"W006) No warden answers at {settings.WARDEN_SOCKET}: nobody can run labs on this host." in said
    assert "I001" not in said


def test_the_protections_alone_can_be_asked_for_by_their_tag(monkeypatch) -> None:
    say(monkeypatch, WardenStatus("jail", 1, 1, 0, ("main",), WEAK))
    assert "backburner.I001" in check("--tag", "protections")
    assert "backburner" not in check("--tag", "urls")


@pytest.mark.django_db
def test_no_other_command_asks_the_warden(monkeypatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr("config.operations.checks.status", lambda: asked.append(True))
    check()
    assert asked == [True]
    assert "backburner" not in check("--plan", command="migrate")
    assert asked == [True]


def test_a_warden_that_is_away_is_not_waited_for(settings, tmp_path, monkeypatch) -> None:
    settings.WARDEN_SOCKET = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(settings.WARDEN_SOCKET))
    waits: list[float] = []
    monkeypatch.setattr("labs.runner.warden_client.Connection.read", lambda self, wait: waits.append(wait))
    assert "No warden runs here now" in check("--tag", "protections")
    assert waits == []
