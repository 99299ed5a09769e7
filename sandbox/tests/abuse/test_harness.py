"""The harness itself: it reports every leak that these tests show it, and an attack that was not tried is not
a pass.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from sandbox.tests.abuse import harness, setuid
from sandbox.tests.abuse.bait import Bait
from sandbox.tests.abuse.harness import BEGINS, Seen, Suite, program, suite, users, what_was_told
from sandbox.tests.abuse.neighbour import Neighbour, Tick
from sandbox.tests.abuse.processors import left_by
from sandbox.tests.abuse.watch import (
    Facts,
    Watch,
    crowd_kb,
    descendants,
    jails_of,
    namespace_of,
    read_status,
    wrong_with,
)
from sandbox.tests.client import Ran

BEGUN = {"kind": "mark", "lane": "driver", "data": {"text": BEGINS}}


@pytest.fixture
def bait() -> Iterator[Bait]:
    with tempfile.TemporaryDirectory(prefix="bba-") as name:
        made = Bait(Path(name))
        yield made
        made.close()


def family(**fields: object) -> SimpleNamespace:
    return SimpleNamespace(
        **{"FAMILY": "x", "REQUEST": program(""), "ENDS": {"finished"}, "SAYS": "", **fields}
    )


def breaches(
    bait: Bait, *events: dict, facts: Facts | None = None, gone: int = 1, **fields: object
) -> list[str]:
    """What the harness reports of such a run; `facts` are what was seen of its jail."""
    judge = SimpleNamespace(bait=bait, neighbour=SimpleNamespace(secret="the neighbour's"), _spare_mb=64)
    facts = facts or Facts(namespace="pid:[1]", processes=3)
    seen = Seen(Ran(events=[BEGUN, *events]), facts, [], is_root=True)
    return list(Suite._breaches(judge, family(**fields), seen, [facts] * gone))  # type: ignore[arg-type]


def test_an_honest_run_is_no_breach(bait) -> None:
    assert breaches(bait) == []


def test_a_bait_that_was_reached_is_a_breach(bait) -> None:
    socket.create_connection(("127.0.0.1", bait.port)).close()
    for name in (str(bait.path), f"\0{bait.abstract}"):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(name)
    bait.touched_file.touch()
    assert len(breaches(bait)) == 4


@pytest.mark.parametrize("secret", ["token", "neighbour"])
def test_a_secret_in_the_trace_is_a_breach(bait, secret) -> None:
    text = bait.token if secret == "token" else "the neighbour's"
    assert breaches(bait, {"kind": "log", "lane": "driver", "data": {"text": f"<{text}>"}})


@pytest.mark.parametrize(
    "facts",
    [
        Facts(namespace="pid:[1]", processes=harness.MOST_PROCESSES + 1),
        Facts(namespace="pid:[1]", processes=3, memory_mb=500),
        Facts(namespace="pid:[1]", processes=3, wrong={"python has capabilities"}),
        Facts(),
    ],
    ids=["a crowd", "memory", "capabilities", "a jail that nobody saw"],
)
def test_what_was_seen_from_outside_is_a_breach(bait, facts) -> None:
    assert len(breaches(bait, facts=facts)) == 1


def test_a_jail_that_did_not_end_is_a_breach(bait) -> None:
    assert breaches(bait, gone=0) == ["0 jails ended, not one"]


@pytest.mark.parametrize(
    ("name", "program", "is_jail"),
    [
        ("bwrap", "", True),
        ("bwrap", "# sandbox.inside.zygote", False),
        (sys.executable, "", False),
    ],
    ids=["a jail", "a nursery", "a copy of the warden"],
)
def test_only_a_jails_bubblewrap_is_taken_for_a_jail_and_only_while_it_lives(name, program, is_jail) -> None:
    sleeps = f"print(flush=True)\nimport time\ntime.sleep(600){program}"
    child = subprocess.Popen([name, "-c", sleeps], executable=sys.executable, stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        child.stdout.readline()  # its program has begun
        assert (child.pid in jails_of(os.getpid())) is is_jail
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended and is not reaped
        assert child.pid not in jails_of(os.getpid())
    finally:
        child.kill()
        child.communicate()


def test_an_attack_that_was_not_begun_is_a_breach(bait) -> None:
    judge = SimpleNamespace(bait=bait, neighbour=SimpleNamespace(secret="the neighbour's"), _spare_mb=64)
    facts = Facts(namespace="pid:[1]", processes=3)
    found = Suite._breaches(judge, family(), Seen(Ran(), facts, [], is_root=True), [facts])  # type: ignore[arg-type]
    assert list(found) == ["the attack was not begun"]


def test_a_familys_own_assertion_and_a_mark_that_is_missing_are_breaches(bait) -> None:
    assert breaches(bait, contained=setuid.contained)
    became = {"kind": "mark", "lane": "driver", "data": {"text": "found", "became": [0], "uid": 0, "gid": 0}}
    assert breaches(bait, became, contained=setuid.contained)


def test_more_than_a_trace_may_be_is_a_breach(bait) -> None:
    assert breaches(bait, *[BEGUN] * 5000) == ["5001 events"]
    assert len(breaches(bait, {"kind": "log", "lane": "driver", "data": {"text": "x" * 9000}})) == 1


@pytest.mark.parametrize(
    ("outcome", "reason", "says"),
    [
        ("timed_out", "", ""),
        ("error", "driver.py, line 1: SyntaxError", ("", "of memory")),
        ("finished", "", "of memory"),
    ],
)
def test_an_end_that_the_attack_did_not_bring_about_is_told(outcome, reason, says) -> None:
    assert what_was_told(family(ENDS={"finished", "error"}, SAYS=says), Ran(outcome=outcome, reason=reason))


def test_a_process_outside_of_a_jail_is_seen_to_have_no_filter() -> None:
    assert wrong_with(read_status(os.getpid()))
    locked_in = {"Name": "python", "Seccomp": "2", "NoNewPrivs": "1", "Uid": "1000 1000"}
    bare = dict.fromkeys(("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"), "0" * 16)
    assert wrong_with(locked_in | bare) == set()
    assert wrong_with(locked_in | bare | {"CapBnd": "0000000000000001"}) == {"python has capabilities"}


@pytest.mark.parametrize(
    ("left", "harm"),
    [(1.0, "the neighbour stood still for 3.0 s"), (left_by(others=1.0, have=2.0), "")],
)
def test_a_neighbour_that_stands_still_is_harmed_unless_other_programs_had_its_time(left, harm) -> None:
    neighbour = Neighbour.__new__(Neighbour)
    neighbour.ticks = [Tick(at, True, (), 3) for at in (10.0, 10.2, 13.2)]
    neighbour.wait_for_ticks = lambda number, seconds: True  # type: ignore[method-assign]
    assert neighbour.harm(10.0, SimpleNamespace(left=lambda: left)) == harm  # type: ignore[arg-type]


def test_a_process_that_outlives_its_jail_is_a_survivor() -> None:
    watch = Watch.__new__(Watch)
    watch._warden = SimpleNamespace(process=SimpleNamespace(pid=os.getpid()))  # type: ignore[assignment]
    watch.jails = {1 << 22: Facts(namespace=namespace_of(os.getpid()))}
    assert os.getpid() in watch.survivors(seconds=0)


@pytest.mark.jail
def test_a_real_run_with_a_hole_in_the_wall_is_not_called_contained() -> None:
    """While a real run goes on, the test does from outside what a leaky jail would allow: it reaches a bait
    and ends the neighbour.
    """

    def drive(made: Suite) -> Ran:
        socket.create_connection(("127.0.0.1", made.bait.port)).close()
        made.neighbour._connection.say({"op": "cancel"})
        return made.warden.run(made.request(leaky))

    leaky = family(drive=drive)
    with suite(users()[0]) as made:
        report = made.run(leaky)
    assert "the host's web port was reached" in report.breach
    assert report.neighbour
    assert (report.told, report.survivors, report.slow) == ("", [], "")


def test_the_memory_of_a_crowd_is_what_each_has_of_its_own() -> None:
    process_1 = {"RssAnon": "500 kB"}
    supervisor = {"RssAnon": "40000 kB"}
    child = {"RssAnon": "41000 kB", "RssShmem": "7000 kB"}
    assert crowd_kb([process_1, supervisor, *[child] * 40]) == 40_000 + 40 * 1000 + 7000


@pytest.mark.parametrize("supervisor", [{}, {"State": "R (running)"}])
def test_the_crowd_of_a_supervisor_that_dies_is_not_taken_for_growth(supervisor) -> None:
    assert crowd_kb([{"RssAnon": "500 kB"}, supervisor, *[{"RssAnon": "41000 kB"}] * 40]) == 0


def test_a_process_that_was_adopted_does_not_pass_for_the_supervisor() -> None:
    """Process 1 of a jail is a child of bubblewrap's; its eldest child is the supervisor."""
    family = """
import os, sys, time
if os.fork() == 0:
    supervisor = os.fork() or time.sleep(60)
    adopted = os.fork() or time.sleep(60)
    print(supervisor, adopted, flush=True)
time.sleep(60)
"""
    bubblewrap = subprocess.Popen([sys.executable, "-c", family], stdout=subprocess.PIPE, text=True)
    assert bubblewrap.stdout is not None
    supervisor, adopted = map(int, bubblewrap.stdout.readline().split())
    seen = descendants(bubblewrap.pid)
    for pid in (adopted, supervisor, *seen[:1], bubblewrap.pid):
        os.kill(pid, 9)
    bubblewrap.wait()
    bubblewrap.stdout.close()
    assert seen[1:] == [supervisor, adopted]
