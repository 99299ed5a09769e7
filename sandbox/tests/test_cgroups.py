"""Where the warden finds control groups, and what it writes there. The folders here stand for a kernel's.

Real groups hold the abuse suite's jails (`sandbox/tests/abuse`): those of the machine it runs on.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.warden.jails.control_groups import CONTROLLERS, PROCESSES, ControlGroups, find

HERE = str(os.getpid())
OTHER = "1"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The file in which the kernel lists this process's groups."""
    return tmp_path / "own"


def unified(root: Path, own: Path, *processes: str, controllers: str = "cpu io memory pids") -> Path:
    """A machine with version 2 only, and this process among `processes` in a group of its own. Returns that
    group.
    """
    home = root / "app.slice" / "labs.scope"
    home.mkdir(parents=True)
    (root / "cgroup.controllers").write_text(controllers)
    (home / "cgroup.controllers").write_text(controllers)
    (home / "cgroup.type").write_text("domain\n")
    (home / "cgroup.procs").write_text("\n".join(processes))
    own.write_text("0::/app.slice/labs.scope\n")
    return home


def aside(home: Path) -> Path:
    return home / f"backburner-{HERE}-warden" / "cgroup.procs"


def test_a_jails_group_has_every_bound_in_version_2(tmp_path: Path, own: Path) -> None:
    home = unified(tmp_path, own)
    found = find(tmp_path, own)
    assert found == ControlGroups(dict.fromkeys(CONTROLLERS, home), 2)
    assert (home / "cgroup.subtree_control").read_text() == "+memory +pids +cpu"
    group = found.make()
    assert group is not None
    group.limit_memory(320 << 20)
    group.weigh(50)
    group.join()
    [folder] = set(group.folders.values())
    assert folder.parent == home
    written = {file.name: file.read_text() for file in folder.iterdir()}
    assert written == {
        "pids.max": str(PROCESSES),
        "memory.oom.group": "0",
        "memory.max": str(320 << 20),
        "memory.swap.max": "0",
        "cpu.weight": "50",
        "cgroup.procs": HERE,
    }


def test_a_group_of_version_2_is_killed_by_the_kernel(tmp_path: Path, own: Path) -> None:
    unified(tmp_path, own)
    group = find(tmp_path, own).make()
    assert group is not None
    group.kill_all_but(os.getpid())
    assert (group.folders["pids"] / "cgroup.kill").read_text() == "1"


@pytest.mark.parametrize(
    ("file", "words", "what"),
    [
        ("memory.events", "low 0\nmax 9\noom_kill 1\n", "memory"),
        ("pids.events", "max 3\n", "processes"),
        ("memory.events", "low 0\nmax 9\noom_kill 0\n", None),
    ],
)
def test_what_the_kernel_refused_in_version_2_is_found(
    tmp_path: Path, own: Path, file: str, words: str, what: str | None
) -> None:
    unified(tmp_path, own)
    group = find(tmp_path, own).make()
    assert group is not None
    (group.folders["memory"] / file).write_text(words)
    assert group.exceeded() == what


def test_each_hierarchy_of_version_1_has_a_group(tmp_path: Path, own: Path) -> None:
    for controller in ("memory", "pids", "cpu"):
        (tmp_path / controller / "labs").mkdir(parents=True)
    own.write_text("4:memory:/labs\n3:pids:/labs\n1:cpu,cpuacct:/labs\n0::/\n")
    found = find(tmp_path, own)
    assert found.version == 1
    group = found.make()
    assert group is not None
    group.limit_memory(320 << 20)
    assert (group.folders["memory"] / "memory.limit_in_bytes").read_text() == str(320 << 20)
    assert (group.folders["pids"] / "pids.max").read_text() == str(PROCESSES)
    assert {folder.parent for folder in group.folders.values()} == {
        tmp_path / name / "labs" for name in group.folders
    }


def test_processor_time_is_counted_in_version_2(tmp_path: Path, own: Path) -> None:
    unified(tmp_path, own)
    group = find(tmp_path, own).make()
    assert group is not None
    (group.folders["cpu"] / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")
    assert group.processor_seconds() == 1.5


def test_processor_time_is_counted_in_version_1_also_where_a_hierarchy_has_two_names(
    tmp_path: Path, own: Path
) -> None:
    (tmp_path / "cpu,cpuacct" / "labs").mkdir(parents=True)
    for name in ("cpu", "cpuacct"):
        (tmp_path / name).symlink_to("cpu,cpuacct")
    own.write_text("4:memory:/labs\n1:cpu,cpuacct:/labs\n0::/\n")
    group = find(tmp_path, own).make()
    assert group is not None
    assert group.processor_seconds() is None
    (group.folders["cpuacct"] / "cpuacct.usage").write_text("1500000000\n")
    assert group.processor_seconds() == 1.5


def test_the_warden_steps_aside_and_leaves_others_where_they_are(tmp_path: Path, own: Path) -> None:
    home = unified(tmp_path, own, OTHER, HERE)
    find(tmp_path, own)
    assert aside(home).read_text() == HERE


def test_the_machines_outermost_group_may_have_processes_and_groups(tmp_path: Path, own: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids")
    (tmp_path / "cgroup.procs").write_text(HERE)
    own.write_text("0::/\n")
    assert find(tmp_path, own).parents == dict.fromkeys(CONTROLLERS, tmp_path)
    assert not aside(tmp_path).exists()


def test_a_warden_that_starts_again_does_not_nest_its_groups(tmp_path: Path, own: Path) -> None:
    home = unified(tmp_path, own)
    earlier = home / "backburner-99999999-warden"
    earlier.mkdir()
    own.write_text("0::/app.slice/labs.scope/backburner-99999999-warden\n")
    assert find(tmp_path, own).parents["memory"] == home


def test_where_no_group_can_be_used_the_status_says_why(tmp_path: Path, own: Path) -> None:
    own.write_text("0::/\n")
    assert "no control group can be written" in find(tmp_path, own).protections()["memory"].words
    home = unified(tmp_path, own, controllers="cpu pids")
    assert "its control group has no memory" in find(tmp_path, own).protections()["memory"].words
    (home / "cgroup.controllers").write_text("cpu memory pids")
    (home / "cgroup.subtree_control").mkdir()  # stands for a kernel that refuses: others live in the group
    assert "its control group holds other programs" in find(tmp_path, own).protections()["memory"].words
    assert find(tmp_path, own).make() is None
