from __future__ import annotations

from pathlib import Path

import pytest

from config.places import kombu_url, runtime_folder, state_folder


@pytest.mark.parametrize(
    ("redis", "kombu"),
    [
        ("unix:///run/b/valkey.sock?db=1", "redis+socket:///run/b/valkey.sock?virtual_host=1"),
        ("unix:///run/b/valkey.sock", "redis+socket:///run/b/valkey.sock?virtual_host=0"),
        ("redis://valkey:6379/1", "redis://valkey:6379/1"),
    ],
)
def test_one_address_is_written_for_redis_py_and_for_kombu(redis: str, kombu: str) -> None:
    assert kombu_url(redis) == kombu


def test_two_state_folders_have_two_folders_for_sockets(monkeypatch) -> None:
    monkeypatch.delenv("BACKBURNER_RUNTIME")
    assert runtime_folder(Path("/a/var")) != runtime_folder(Path("/b/var"))


def test_a_deep_checkout_still_gets_short_socket_paths(monkeypatch) -> None:
    monkeypatch.delenv("BACKBURNER_RUNTIME")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/" + "x" * 90)
    assert len(str(runtime_folder(Path("/" + "deep/" * 60)) / "supervisor.sock")) < 100


def test_the_state_folder_is_var_unless_the_environment_names_another(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("BACKBURNER_STATE", str(tmp_path / "with a space"))
    assert state_folder() == tmp_path / "with a space"
    monkeypatch.delenv("BACKBURNER_STATE")
    assert state_folder().name == "var"
