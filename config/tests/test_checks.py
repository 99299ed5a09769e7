from __future__ import annotations

from pathlib import Path

import pytest
from django.core.checks import CheckMessage

from config.checks import check_configuration, check_protections
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


def test_a_weaker_protection_of_the_jail_is_w005(monkeypatch) -> None:
    words = {
        "memory": Protection(Force.WEAKER, "watched by the warden every 0.2 s"),
        "mounts": Protection(Force.OFF, "no private mounts"),
        "network": Protection(Force.FULL, "a loopback of its own"),
    }
    monkeypatch.setattr("config.checks.status", lambda: WardenStatus("jail", 1, 1, 0, ("main",), words))
    said = check_protections(None)
    assert [message.id for message in said] == ["backburner.W005"] * 2
    assert said[0].msg == "The jail's protection “memory” is weaker: watched by the warden every 0.2 s."


def test_without_a_warden_nothing_is_said_of_protections(settings, tmp_path) -> None:
    settings.WARDEN_SOCKET = tmp_path / "none.sock"
    assert check_protections(None) == []
