"""The warden: pool, admission, its own end and that of runners, a machine that cannot make jails."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.tests.client import (
    BASE,
    Connection,
    alive,
    make_request,
    process,
    running_warden,
    wait_until_dead,
)

RUN_LASTS = 60
SLEEPER = {"driver.py": f"import time; time.sleep({RUN_LASTS})"}
TRUE_JAIL = pytest.mark.jail


@TRUE_JAIL
def test_a_taken_jail_is_replaced_and_never_used_again(warden) -> None:
    writes = "open('/tmp/left', 'x').write('mine')\nopen('/dev/shm/left', 'x').close()"
    assert [warden.run(make_request({"driver.py": writes})).outcome for _ in range(3)] == ["finished"] * 3
    assert warden.wait_until(warm=2)["warm"] == 2


@TRUE_JAIL
def test_when_the_runner_goes_away_its_jail_dies(warden) -> None:
    code = "import subprocess; child = subprocess.Popen(['sleep', '61']); "
    code += "print('started', flush=True); child.wait()"
    connection = warden.start(make_request({"driver.py": code}))
    connection.wait_for("log", text="started")
    mine = [pid for pid in warden.jails() if "sleep" in _command(pid)]
    connection.close()
    deadline = time.monotonic() + 30
    while warden.status()["running"] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert warden.status()["running"] == 0
    assert mine
    assert not wait_until_dead(mine)


@TRUE_JAIL
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_when_the_warden_dies_every_jail_dies(folder, number) -> None:
    with running_warden(folder, pool=1) as warden:
        warden.wait_until(warm=1)
        connection = warden.start(make_request(SLEEPER))
        connection.wait_for("lane-up", lane="driver")
        jails = warden.jails()
        assert len(jails) > 3
        assert warden.stop(number) < RUN_LASTS  # it waits for no run
        assert not wait_until_dead(jails)
        connection.close()


@TRUE_JAIL
def test_a_jail_that_was_being_made_when_its_warden_was_killed_ends_with_the_next_start(folder) -> None:
    made = []
    for later in range(8):
        with running_warden(folder, pool=2) as warden:
            while len(jails := warden.jails()) <= later:
                assert warden.process.poll() is None, warden.errors.read_text()
            warden.stop(signal.SIGKILL)
            made += jails
    with running_warden(folder, pool=1) as warden:
        warden.wait_until(warm=1)
        assert not wait_until_dead(made)


@TRUE_JAIL
def test_a_socket_that_a_child_of_a_killed_warden_still_holds_is_replaced(folder) -> None:
    with socket.socket(socket.AF_UNIX) as held:
        held.bind(str(folder / "w.sock"))
        held.listen()
        with running_warden(folder, pool=1) as warden:
            held.settimeout(60)
            asking, _ = held.accept()  # nobody answers, as nobody does for the child
            held.close()
            asking.close()
            warden.wait_until(warm=1)


@TRUE_JAIL
def test_no_zombie_is_left(warden) -> None:
    warden.run(make_request({"driver.py": ""}))
    warden.wait_until(warm=2)
    assert sorted(warden.jails()) == sorted(alive(warden.jails()))


@TRUE_JAIL
def test_more_runs_than_may_run_at_once_are_refused(folder) -> None:
    with running_warden(folder, pool=1, running=1) as warden:
        warden.wait_until(warm=1)
        first = warden.start(make_request(SLEEPER))
        first.wait_for("lane-up", lane="driver")
        assert warden.run(make_request(SLEEPER)).refused == ["This warden runs 1 labs already."]
        first.close()


@TRUE_JAIL
def test_runs_wait_their_turn_when_no_jail_is_warm_yet(folder) -> None:
    with running_warden(folder, pool=1, running=8) as warden:
        warden.wait_until(warm=1)
        connections = [warden.start(make_request({"driver.py": "print('here')"})) for _ in range(4)]
        assert [connection.rest().outcome for connection in connections] == ["finished"] * 4


@TRUE_JAIL
def test_status_says_which_protections_are_in_force(warden) -> None:
    status = warden.wait_until(warm=1)
    assert status["environments"] == ["main"]
    assert {"namespaces", "system calls", "memory", "processes", "inodes", "network"} <= set(
        status["protections"]
    )
    assert not [one for one in status["protections"].values() if one["force"] == "off"]
    assert status["most"] == 4


@TRUE_JAIL
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"environment": "arq"}, "no environment"),
        ({"files": {"../x.py": ""}}, "is not a plain file name"),
        ({"files": {"a/../b.py": ""}}, "is not a plain file name"),
        ({"files": {"x.py": "\0"}}, "NUL"),
        ({"files": {"x.py": "a" * (1 << 20) + "b"}}, "larger than 1 MiB"),
        ({"files": {"x.py": "\x01" * 200_000}}, "larger than 1 MiB"),
        ({"limits": {"wall": 1e9, "memory_mb": 320, "events": 5000}}, "out of range"),
        ({"processes": []}, "needs 1 to"),
        (
            {"processes": [{"lane": "Big Lane", "kind": "python", "options": {}}]},
            "cannot be the name of a lane",
        ),
        ({"files": 3}, "The request cannot be read"),
    ],
)
def test_a_request_that_is_wrong_is_refused_with_a_sentence(warden, change, said) -> None:
    connection = Connection(warden.path)
    connection.say({"op": "run", "request": {**make_request({"driver.py": ""}).to_json(), **change}})
    ran = connection.rest()
    assert said in ran.refused[0]
    assert not ran.outcome


@TRUE_JAIL
@pytest.mark.parametrize(
    "nonsense",
    [
        b"\n",
        b"[]\n",
        b"{\n",
        b'"x"\n',
        b"\xff\xfe\n",
        b"[" * 200_000 + b"\n",
        b'{"op": 3}\n',
        b'{"op":"run"}\n',
    ],
)
def test_nonsense_from_a_runner_does_no_harm(warden, nonsense) -> None:
    connection = Connection(warden.path)
    connection.socket.sendall(nonsense)
    connection.rest()
    assert warden.status()["mode"] == "jail"


@TRUE_JAIL
def test_a_kind_of_process_that_is_unknown_ends_the_run_with_a_sentence(warden) -> None:
    ran = warden.run(make_request({"driver.py": ""}, process("x", "spaceship")))
    assert (ran.outcome, ran.reason) == ("error", "This bench has no process of the kind spaceship.")


def test_where_the_kernel_refuses_jails_the_warden_says_so_and_refuses_runs(folder) -> None:
    prefix = (
        "/usr/bin/unshare",
        "--user",
        "--map-root-user",
        "/bin/sh",
        "-c",
        'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"',
        "sh",
    )
    with running_warden(folder, prefix=prefix) as warden:
        status = warden.wait_until(warm=1)
        assert status["mode"] == "replay"
        assert "the kernel refuses to make a jail" in status["sentence"]
        assert "--apparmor-profile" in status["sentence"]
        assert warden.run(make_request(SLEEPER)).refused == [status["sentence"]]
        assert warden.errors.read_text().strip() == status["sentence"]


def test_without_a_lab_environment_the_warden_says_what_to_do(folder) -> None:
    with running_warden(folder, "--environments", f"main={folder}") as warden:
        status = warden.wait_until(warm=1)
        assert status["mode"] == "replay"
        assert "make install" in status["sentence"]


def test_the_apparmor_profile_is_printed() -> None:
    command = [sys.executable, "-m", "sandbox.warden", "--apparmor-profile"]
    assert "userns," in subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=True).stdout


def test_a_second_warden_on_the_same_socket_gives_up(folder) -> None:
    with running_warden(folder, "--environments", f"main={folder}") as first:
        first.wait_until(warm=1)
        with running_warden(folder, "--environments", f"main={folder}") as second:
            assert second.process.wait(10) == 1
        assert first.status()["mode"] == "replay"


def test_the_socket_is_for_its_owner_only(folder) -> None:
    with running_warden(folder, "--environments", f"main={folder}") as warden:
        warden.wait_until(warm=1)
        assert oct(warden.path.stat().st_mode)[-3:] == "600"
    assert not warden.path.exists()


def test_a_replay_sends_the_recording_of_the_lab(folder) -> None:
    traces = folder / "labs" / "tea" / "traces"
    traces.mkdir(parents=True)
    (folder / "labs" / "tea" / "solution").mkdir()
    (folder / "labs" / "tea" / "solution" / "tasks.py").write_text("good")
    for name in ("starter", "solution"):
        lines = [
            {"seq": 1, "t": 0.0, "lane": "driver", "kind": "run-started", "data": {}},
            {"seq": 2, "t": 0.1, "lane": name, "kind": "mark", "data": {}},
        ]
        (traces / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    with running_warden(folder, "--replay", str(folder / "labs")) as warden:
        assert warden.wait_until(warm=1)["mode"] == "replay"
        ran = warden.run(make_request({"tasks.py": "bad"}, lab="tea"))
        assert (ran.outcome, [event["lane"] for event in ran.events]) == ("finished", ["starter"])
        assert warden.run(make_request({"tasks.py": "good"}, lab="tea")).events[0]["lane"] == "solution"
        assert warden.run(make_request({}, lab="coffee")).refused == ["There is no recording of this lab."]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
