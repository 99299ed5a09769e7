"""What an operator reads about a warden's protections."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.protocol import Force, Protection, WardenStatus
from sandbox.tests.client import BASE, running_warden
from sandbox.warden.build import protections
from sandbox.warden.jails.control_groups import CONTROLLERS, ControlGroups
from sandbox.warden.jails.host_layout import HostLayout

HERE = Path("/nowhere")


def ask(path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "sandbox.warden", "--status", "--socket", str(path)]
    return subprocess.run(words, cwd=BASE, capture_output=True, text=True, check=False)


@pytest.mark.jail
def test_the_status_lists_each_protection_in_words(warden) -> None:
    said = ask(warden.path)
    lines = dict(line.split(maxsplit=1) for line in said.stdout.splitlines())
    assert lines["mode"] == "jail"
    assert {"namespaces", "user", "disk", "inodes", "network", "memory", "processes", "processor"} <= set(
        lines
    )


def test_a_warden_that_has_no_jail_says_why(folder) -> None:
    with running_warden(folder, "--environments", f"main={folder}") as warden:
        warden.wait_until(warm=1)
        assert "run `make install`" in ask(warden.path).stdout


def test_a_socket_without_a_warden_is_named(folder) -> None:
    said = ask(folder / "none.sock")
    assert said.returncode == 1
    assert "No warden answers" in said.stderr


def of(force: Force, ground: HostLayout, groups: ControlGroups) -> set[str]:
    return {name for name, one in protections(ground, groups).items() if one.force is force}


def test_a_root_warden_with_private_mounts_and_control_groups_has_all_in_full_force() -> None:
    ground = HostLayout([], HERE, {}, private=HERE, is_root=True)
    groups = ControlGroups(dict.fromkeys(CONTROLLERS, HERE), 2)
    assert of(Force.WEAKER, ground, groups) == of(Force.OFF, ground, groups) == set()


def test_what_an_unprivileged_warden_cannot_do_in_full_is_weaker() -> None:
    found = of(Force.WEAKER, HostLayout([], HERE, {}), ControlGroups({}, 1))
    assert found == {"user", "mounts", "disk", "inodes", "memory", "processes", "processor"}


def test_mounts_that_were_refused_to_root_are_off() -> None:
    ground = HostLayout([], HERE, {}, is_root=True, sentence="no private mounts (Operation not permitted)")
    assert of(Force.OFF, ground, ControlGroups({}, 1)) == {"mounts"}
    assert (
        str(protections(ground, ControlGroups({}, 1))["mounts"])
        == "off: no private mounts (Operation not permitted)"
    )


def test_a_status_comes_over_the_wire_as_it_was() -> None:
    words = {"memory": Protection(Force.WEAKER, "watched"), "network": Protection(Force.FULL, "a loopback")}
    status = WardenStatus("jail", 1, 2, 0, ("main",), words, "", 4)
    assert WardenStatus.from_json(json.loads(json.dumps(status.to_json()))) == status
    assert list(status.weak) == ["memory"]


def test_a_status_of_an_older_or_a_newer_warden_can_be_read() -> None:
    older = {
        "mode": "jail",
        "warm": 1,
        "pool": 1,
        "running": 0,
        "environments": [],
        "protections": {"memory": "a group"},
    }
    status = WardenStatus.from_json(older)
    assert status.most == 0
    assert status.weak["memory"].words.startswith("a group (an older warden")
    assert WardenStatus.from_json({**older, "mood": "fine"}) == status
