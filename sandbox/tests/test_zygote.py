"""A jail that a zygote entered is like one that warmed up by itself, and has nothing of the nursery."""

from __future__ import annotations

import json
import os
import re
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.inside.zygote import jail_entry
from sandbox.jail_descriptors import SPACES
from sandbox.tests.abuse.harness import users
from sandbox.tests.client import VENV, WardenProcess, make_request
from sandbox.tests.zygotes import FORKED, command, supervisors, warden_as, zygote

pytestmark = pytest.mark.jail
SECRET = "only-in-the-environment-of-the-warden"
MARK = "written-by-a-learner-" + "into-this-run"

LOOK = r"""
import bench, json, os, re, resource
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
kept = "Umask Uid Gid Groups SigIgn SigBlk CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp"
found = {name: status[name].split() for name in kept.split()}
limits = [name for name in dir(resource) if name.startswith("RLIMIT_")]
found["limits"] = {name: resource.getrlimit(getattr(resource, name)) for name in limits}
mounts = [line.split(" ", 3)[3] for line in open("/proc/self/mountinfo")]
found["mounts"] = sorted(re.sub(r"bindfile\w+|uid=\d+|gid=\d+|/\d+/", "", line) for line in mounts)
fields = [line.split() for line in open("/proc/self/maps")]
found["maps"] = sorted({words[5] for words in fields if len(words) > 5})
for name in ("cgroup", "oom_score_adj", "setgroups", "coredump_filter", "comm"):
    found[name] = open(f"/proc/self/{name}").read()
found["environment"] = dict(os.environ)
found["places"] = [os.readlink(f"/proc/self/{name}") for name in ("cwd", "root", "exe")]
found["ids"] = [os.getresuid(), os.getresgid(), os.getsid(0) == os.getpid(), os.nice(0)]
folders = ("/", "/dev", "/etc", "/opt", "/opt/jailside/sandbox", "/run")
found["tree"] = {place: sorted(os.listdir(place)) for place in folders}
try:
    os.open("/dev/tty", os.O_RDWR)
except OSError as error:
    found["terminal"] = error.errno
text = json.dumps(found)
for place in range(0, len(text), 2000):
    bench.mark("piece", piece=text[place : place + 2000])
"""

DRAW = """
import bench, billiard.process, gc, kombu.common, multiprocessing, random, ssl, tempfile, uuid
gc.unfreeze()
other = [one for one in gc.get_objects() if isinstance(one, random.Random)]
other = [one.getrandbits(48) for one in other if not isinstance(one, random.SystemRandom)]
bench.mark("found", random=random.random(), openssl=ssl.RAND_bytes(16).hex(), file=tempfile.mktemp(),
           node=uuid.getnode(), sequence=str(uuid.uuid1())[19:], kombu=str(kombu.common.get_node_id()),
           key=bytes(multiprocessing.current_process().authkey).hex(),
           pool=bytes(billiard.process.current_process().authkey).hex(), generators=other)
"""


@pytest.fixture(scope="module", params=users())
def forked(request: pytest.FixtureRequest) -> Iterator[WardenProcess]:
    """A warden whose jails come from a zygote."""
    with tempfile.TemporaryDirectory(prefix="bbw-") as name:
        Path(name).chmod(0o755)
        with warden_as(request.param, Path(name), prefix=("/usr/bin/env", f"SECRET={SECRET}")) as warden:
            assert warden.wait_until(warm=1)["start"] == FORKED
            yield warden


def looked(warden: WardenProcess) -> dict[str, Any]:
    ran = warden.run(make_request({"driver.py": LOOK}))
    assert ran.of("mark"), ran.texts()
    found: dict[str, Any] = json.loads("".join(event["data"]["piece"] for event in ran.of("mark")))
    return found


def drawn(warden: WardenProcess, seed: int) -> dict[str, Any]:
    (found,) = warden.run(make_request({"driver.py": DRAW}, seed=seed)).of("mark")
    return {name: value for name, value in found["data"].items() if name not in ("text", "at")}


def test_what_a_program_sees_is_what_it_sees_without_a_zygote(forked: WardenProcess, folder: Path) -> None:
    user = "root" if forked.status()["protections"]["user"]["force"] == "full" else users()[-1]
    entered = looked(forked)
    extra = ("--environments", f"main={VENV}", "--without-zygotes")
    with warden_as(user, folder, *extra) as alone:
        assert "switched off" in alone.wait_until(warm=1)["start"]
        own = looked(alone)
    assert own["tree"]["/opt"] == entered["tree"]["/opt"]
    assert entered == own


def test_no_random_number_of_one_jail_comes_in_another(forked: WardenProcess) -> None:
    first, second = drawn(forked, 1), drawn(forked, 2)
    assert [name for name in first if first[name] == second[name]] == []
    assert len(first["generators"]) > 1
    assert not set(first["generators"]) & set(second["generators"])


def test_a_supervisor_has_no_descriptor_of_the_nursery(forked: WardenProcess) -> None:
    forked.wait_until(warm=1)
    (supervisor,) = supervisors(forked)
    mine = links(zygote(forked))
    theirs = links(supervisor)
    assert {re.sub(r"\d+", "", link) for link in theirs.values()} <= {
        "/dev/null",
        "pipe:[]",
        "socket:[]",
        "anon_inode:[eventpoll]",
    }
    assert not {link for link in theirs.values() if "[" in link} & set(mine.values())
    assert [link for link in mine.values() if link.startswith("socket:")], "the connection to the warden"


def links(pid: int) -> dict[str, str]:
    return {file.name: str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}


def test_every_process_of_a_jail_is_in_its_namespaces_and_groups(forked: WardenProcess) -> None:
    forked.wait_until(warm=1)
    (supervisor,) = supervisors(forked)
    holder = int(
        Path(f"/proc/{parent(supervisor)}/task/{parent(supervisor)}/children").read_text().split()[0]
    )
    assert b"/opt/jailside/cat" in command(holder)
    for name in ("pid", *SPACES):
        places = [Path(f"/proc/{pid}/ns/{name}").readlink() for pid in (supervisor, holder, zygote(forked))]
        assert places[0] == places[1] != places[2], name
    groups = [Path(f"/proc/{pid}/cgroup").read_text() for pid in (supervisor, holder)]
    assert groups[0] == groups[1]


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_no_process_with_rights_is_below_a_jail(forked: WardenProcess) -> None:
    forked.wait_until(warm=1)
    (supervisor,) = supervisors(forked)
    status = Path(f"/proc/{supervisor}/status").read_text()
    uid = dict(line.split(":", 1) for line in status.splitlines())["Uid"].split()
    assert len(set(uid)) == 1
    assert uid[0] != "0"
    facts = re.sub(r"(?m)^([UG]id):.*", rf"\1: {'1000 ' * 4}", status)
    jail_entry.verify(facts)
    with pytest.raises(jail_entry.NotDropped, match="CapEff"):
        jail_entry.verify(Path(f"/proc/{zygote(forked)}/status").read_text())


def test_a_zygote_holds_neither_what_a_learner_wrote_nor_what_the_warden_knows(forked: WardenProcess) -> None:
    code = f"import bench, time\nbench.mark({MARK!r})\ntime.sleep(60)"
    connection = forked.start(make_request({"driver.py": code}))
    connection.wait_for("mark", text=MARK)
    driver = next(pid for pid in forked.jails() if contains(pid, MARK))
    connection.close()
    assert driver
    held = [text for text in (MARK, SECRET, str(forked.path)) if contains(zygote(forked), text)]
    assert held == []
    assert contains(zygote(forked), "rehearsal.nothing"), "the scan reads what the zygote has in memory"


def contains(pid: int, text: str) -> bool:
    """Is the text in the writable memory of a process?"""
    try:
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
            for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
                low, high = (int(end, 16) for end in line.split()[0].split("-"))
                if line.split()[1].startswith("rw"):
                    memory.seek(low)
                    if text.encode() in memory.read(high - low):
                        return True
    except OSError:
        return False
    return False


def test_memory_that_a_run_copies_from_the_zygote_counts_as_its_own(forked: WardenProcess) -> None:
    touch = (
        "import bench, gc, time\ngc.unfreeze()\nkept = gc.get_objects()\nbench.mark('copied')\ntime.sleep(60)"
    )
    forked.wait_until(warm=1)
    (supervisor,) = supervisors(forked)
    if (file := usage_file(supervisor)) is None:
        pytest.skip("this user has no control groups here; then the warden counts private memory")
    before = int(file.read_text())
    connection = forked.start(make_request({"driver.py": touch}))
    connection.wait_for("mark", text="copied")
    grown = int(file.read_text()) - before
    connection.close()
    assert grown > 8 << 20


def usage_file(pid: int) -> Path | None:
    """Where the kernel shows the memory of the jail's control group."""
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for place in (f"memory{path}/memory.usage_in_bytes", f"{path[1:]}/memory.current"):
            file = Path("/sys/fs/cgroup", place)
            if controllers in ("memory", "") and "backburner-" in path and file.exists():
                return file
    return None


def test_a_right_that_was_not_dropped_ends_the_child() -> None:
    dropped = "\n".join(f"{name}:\t{value}" for name, value in jail_entry.NO_RIGHTS.items())
    jail_entry.verify(dropped)
    for name, value in jail_entry.NO_RIGHTS.items():
        with pytest.raises(jail_entry.NotDropped, match=name):
            jail_entry.verify(dropped.replace(f"{name}:\t{value}", f"{name}:\t3"))


def fails(step: str) -> bool:
    """Does a child end with an error at this step?"""
    pid = os.fork()
    if pid == 0:
        try:
            exec(step, {"jail_entry": jail_entry, "os": os})
        except OSError:
            os._exit(3)
        os.kill(os.getpid(), signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3


@pytest.mark.parametrize(
    "step",
    [
        "jail_entry.join(os.open('/dev/null', 0), 'mnt')",
        "jail_entry._filter_calls(b'no program')",
        "os.getuid() or os.setresuid(7, 7, 7); jail_entry._drop_identity()",
        "jail_entry.enter({}, [os.open('/proc/self/comm', 0)], b'')",
    ],
)
def test_each_step_that_the_kernel_refuses_raises(step: str) -> None:
    assert fails(step)
