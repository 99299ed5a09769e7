from __future__ import annotations

import configparser
import os
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from config.operations import up


def parts(tmp_path: Path, *, own_valkey: bool = True) -> list[up.Program]:
    state, runtime = tmp_path / "state with a space", tmp_path / "run"
    state.mkdir()
    runtime.mkdir()
    return list(
        up.programs(
            host="127.0.0.1", port=8123, state=state, runtime=runtime, own_valkey=own_valkey, slots=4, pool=4
        )
    )


def parsed(tmp_path: Path) -> configparser.RawConfigParser:
    text = up.supervisor_config(
        parts(tmp_path), state=tmp_path / "state with a space", runtime=tmp_path / "run"
    )
    config = configparser.RawConfigParser()
    config.read_string(text)
    return config


def test_a_second_start_on_one_state_folder_is_refused_in_one_sentence(tmp_path) -> None:
    with up.lock(tmp_path) as held:
        held.write("http://127.0.0.1:8000/, process 7")
        held.flush()
        with pytest.raises(up.CannotStart, match=r"already runs .* \(http://127.0.0.1:8000/, process 7\)"):
            up.lock(tmp_path)


def test_the_lock_is_free_again_after_the_holder_is_gone(tmp_path) -> None:
    up.lock(tmp_path).close()
    up.lock(tmp_path).close()


def test_a_state_folder_that_cannot_be_made_is_refused_in_one_sentence(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(up.CannotStart, match="cannot be written .* BACKBURNER_STATE"):
        up.lock(tmp_path / "file" / "var")


def test_the_folder_for_sockets_is_for_its_owner_only(tmp_path) -> None:
    up.make_runtime(tmp_path / "run")
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_a_link_in_the_place_of_the_folder_for_sockets_is_refused(tmp_path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "real")
    with pytest.raises(up.CannotStart, match="belongs to another user"):
        up.make_runtime(tmp_path / "run")


def test_a_folder_for_sockets_with_a_long_name_is_refused(tmp_path) -> None:
    with pytest.raises(up.CannotStart, match="a path that is too long"):
        up.make_runtime(tmp_path / ("x" * 100))


def test_the_next_port_is_chosen_when_the_wanted_one_is_taken() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        assert taken < up.free_port("127.0.0.1", taken) < taken + up.PORTS_TO_TRY


def test_a_valkey_that_is_no_program_is_refused_by_its_name(monkeypatch) -> None:
    monkeypatch.setenv("VALKEY_SERVER", "/nowhere/valkey")
    with pytest.raises(up.CannotStart, match="VALKEY_SERVER names /nowhere/valkey"):
        up.valkey_server()


def test_a_machine_without_any_valkey_is_told_what_to_do(monkeypatch) -> None:
    monkeypatch.delenv("VALKEY_SERVER", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(up.CannotStart, match="make install"):
        up.valkey_server()


def test_what_outlived_an_earlier_product_is_found_and_ended() -> None:
    mark = f"test-{os.getpid()}"
    orphan = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], env={up.MARK: mark})
    deadline = time.monotonic() + 60
    while up.survivors(mark) != [orphan.pid] and time.monotonic() < deadline:
        time.sleep(0.01)
    Thread(target=orphan.wait).start()  # an orphan's new parent reaps it; here that is us
    assert up.end_survivors(mark) == 1
    assert up.survivors(mark) == []


def test_valkey_is_first_and_last_and_the_warden_outlives_the_site(tmp_path) -> None:
    config = parsed(tmp_path)
    assert (
        int(config["group:broker"]["priority"])
        < int(config["group:warden"]["priority"])
        < int(config["group:site"]["priority"])
    )
    assert config["group:site"]["programs"] == "runner,worker,beat,web"


def test_an_own_redis_address_starts_no_valkey(tmp_path) -> None:
    assert "valkey" not in {part.name for part in parts(tmp_path, own_valkey=False)}


def test_every_part_is_started_again_and_stopped_with_all_its_children(tmp_path) -> None:
    config = parsed(tmp_path)
    programs = [config[name] for name in config.sections() if name.startswith("program:")]
    assert len(programs) == 6
    assert all(
        p["autorestart"] == "true" and p["killasgroup"] == "true" and p["stopwaitsecs"] == "3"
        for p in programs
    )


def test_a_state_folder_with_a_space_reaches_valkey_as_one_word(tmp_path) -> None:
    words = shlex.split(parsed(tmp_path)["program:valkey"]["command"])
    assert words[words.index("--dir") + 1] == str(tmp_path / "state with a space" / "valkey")


def test_the_warden_starts_with_an_empty_environment(tmp_path) -> None:
    words = shlex.split(parsed(tmp_path)["program:warden"]["command"])
    assert words[:2] == ["/usr/bin/env", "-i"]
    assert not any("SECRET" in word or "valkey.sock" in word for word in words)
