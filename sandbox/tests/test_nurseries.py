"""Nurseries: a zygote that dies, lags, is worn or cannot enter jails, and the warden's own end."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from sandbox.tests.abuse.harness import users
from sandbox.tests.abuse.watch import children, jails_of
from sandbox.tests.client import VENV, Pid, WardenProcess, make_request, running_warden, wait_until_dead
from sandbox.tests.zygotes import FORKED, nurseries, wait_for_another, warden_as, zygote
from sandbox.warden.jails import leftovers
from sandbox.warden.jails.control_groups import PREFIX

pytestmark = pytest.mark.jail
NOTHING = make_request({"driver.py": ""})
SLEEPER = make_request({"driver.py": "import bench\nbench.wait_for('mark', text='never', deadline=60)"})


@pytest.mark.parametrize("user", users())
def test_a_run_goes_on_when_its_zygote_dies_and_another_warms_up(folder: Path, user: str) -> None:
    with warden_as(user, folder) as warden:
        warden.wait_until(warm=1)
        driver = "import bench, time\nbench.mark('begun')\nwhile not bench.knob('end'): time.sleep(0.1)"
        connection = warden.start(make_request({"driver.py": driver}, knobs={"end": 0}))
        connection.wait_for("mark", text="begun")
        first = zygote(warden)
        os.kill(first, signal.SIGKILL)
        wait_for_another(warden, first)
        assert warden.run(NOTHING).outcome == "finished"
        assert warden.wait_until(warm=1)["start"] == FORKED
        assert warden.status()["running"] == 1
        connection.say({"op": "cancel"})
        assert connection.rest().outcome == "cancelled"


def test_a_run_waits_for_a_zygote_that_does_not_answer_and_gets_a_jail_that_warms_up_itself(folder) -> None:
    with warden_as(users()[0], folder, change="pool.LONGEST_ENTRY = 1.0") as warden:
        warden.wait_until(warm=1)
        stopped = zygote(warden)
        os.kill(stopped, signal.SIGSTOP)
        ends = [warden.run(NOTHING) for _ in range(2)]  # the first has the jail that was warm
        assert [ran.outcome for ran in ends] == ["finished"] * 2
        assert wait_for_another(warden, stopped) != stopped


def test_a_worn_zygote_is_replaced_and_no_jail_fails(folder: Path) -> None:
    with warden_as(users()[0], folder, change="nursery.FORKS = 3") as warden:
        warden.wait_until(warm=1)
        first = zygote(warden)
        for _ in range(4):
            assert warden.run(NOTHING).outcome == "finished"
        wait_for_another(warden, first)
        assert not Path(f"/proc/{first}").exists()
        assert warden.run(NOTHING).outcome == "finished"
        assert warden.status()["start"] == FORKED


def test_each_environment_has_a_nursery_of_its_own(folder: Path) -> None:
    with running_warden(folder, "--environments", f"main={VENV},other={VENV}") as warden:
        warden.wait_until(warm=2)
        assert len(nurseries(warden)) == 2
        for name in ("main", "other"):
            assert warden.run(make_request({"driver.py": ""}, environment=name)).outcome == "finished"


@pytest.mark.parametrize("space", ["pid", "mnt", "user"])
def test_where_a_namespace_cannot_be_joined_jails_warm_up_themselves_and_the_status_says_so(
    folder: Path, space: str
) -> None:
    change = f"nursery.NAMES = tuple('../../../dev/null' if x == {space!r} else x for x in nursery.NAMES)"
    change += "\nnurseries.PAUSE = 0.5"
    with warden_as(users()[-1], folder, change=change) as warden:
        warden.wait_until(warm=1)
        assert warden.run(NOTHING).outcome == "finished"
        end = time.monotonic() + 60
        while nurseries(warden) and time.monotonic() < end:
            warden.run(NOTHING)
            warden.wait_until(warm=1)
        assert f"join the namespace {space}" in warden.status()["start"]
        assert nurseries(warden) == [], "after three failures and no success there is no zygote"
        assert warden.run(NOTHING).outcome == "finished"


def test_a_nursery_whose_start_fails_leaves_no_process_and_no_control_group(folder: Path) -> None:
    change = "def fail(told): raise OSError(0, 'no answer')\nnursery._child_named = fail"
    with warden_as(users()[0], folder, change=change) as warden:
        warden.wait_until(warm=1)
        assert "could not be started (no answer)" in warden.status()["start"]
        end = time.monotonic() + 60
        while leftover(warden) and time.monotonic() < end:
            time.sleep(0.05)
        assert leftover(warden) == []
        assert warden.run(NOTHING).outcome == "finished"


def leftover(warden: WardenProcess) -> list[str]:
    """Children of a warden that are no jails, and control groups without a jail."""
    jails, pid = jails_of(warden.process.pid), warden.process.pid
    strangers = [f"process {child}" for child in children(pid) if child not in jails]
    groups = {group.name for group in Path("/sys/fs/cgroup").rglob(f"{PREFIX}{pid}-[0-9]*")}
    return strangers + sorted(groups)[len(jails) :]


@pytest.mark.parametrize("user", users())
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_when_the_warden_ends_so_do_nurseries_and_jails(folder: Path, user: str, number: int) -> None:
    with warden_as(user, folder) as warden:
        warden.wait_until(warm=1)
        connection = warden.start(SLEEPER)
        connection.wait_for("lane-up", lane="driver")
        living = [*warden.jails(), *map(Pid, nurseries(warden))]
        assert Pid(zygote(warden)) in living
        warden.process.send_signal(number)
        assert not wait_until_dead(living)
        warden.process.wait(60)
        connection.close()


def test_a_zygote_ends_when_only_its_bubblewrap_is_killed(folder: Path) -> None:
    with warden_as(users()[0], folder) as warden:
        warden.wait_until(warm=1)
        (outer,) = nurseries(warden)
        inner = Pid(zygote(warden))
        os.kill(outer, signal.SIGKILL)
        assert not wait_until_dead([inner])
        wait_for_another(warden, inner)


def test_a_rehearsals_broker_does_not_outlive_its_nursery(folder: Path) -> None:
    with warden_as(users()[0], folder) as warden:
        brokers: list[Pid] = []
        while not brokers:
            warden.process.poll()
            brokers = [Pid(pid) for outer in nurseries(warden) for pid in below(outer) if is_broker(pid)]
        warden.process.kill()
        warden.process.wait(60)
        assert not wait_until_dead(brokers)


def below(outer: int) -> list[int]:
    return [broker for inner in children(outer) for broker in children(inner)]


def is_broker(pid: int) -> bool:
    try:
        return "valkey" in Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return False


def process(folder: Path, pid: int, command: bytes, parent: int, namespaced: str, user: str) -> None:
    """A process as /proc shows it."""
    place = folder / str(pid)
    (place / "ns").mkdir(parents=True)
    (place / "cmdline").write_bytes(command)
    (place / "status").write_text(f"PPid:\t{parent}\nNSpid:\t{namespaced}\n")
    (place / "ns" / "user").symlink_to(user)


def test_what_a_killed_warden_left_is_told_from_what_a_living_one_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jail, nursery = b"bwrap\0--\0/opt/jailside/cat", b"bwrap\0--\0python\0import sandbox.inside.zygote"
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append(pid))
    process(tmp_path, 1, b"init", 0, "1", "host")
    process(tmp_path, 9, b"python\0-m\0sandbox.warden", 1, "9", "host")
    (tmp_path / "self").symlink_to("9")
    process(tmp_path, 20, nursery, 9, "20", "host")  # a living warden's
    process(tmp_path, 21, nursery, 20, "21", "nursery")
    process(tmp_path, 22, jail, 9, "22", "nursery")
    process(tmp_path, 23, jail, 22, "23 1", "jail")
    process(tmp_path, 30, nursery, 1, "30", "other nursery")  # their outer ones have gone
    process(tmp_path, 31, jail, 1, "31 1", "other jail")
    process(tmp_path, 40, b"bwrap\0--\0somebody-elses", 1, "40 1", "other")
    assert sorted(leftovers.end_all(tmp_path)) == sorted(killed) == [30, 31]
