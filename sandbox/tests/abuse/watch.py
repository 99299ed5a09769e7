"""What the operating system says of a warden's jails, read from /proc five to ten times a second."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.tests.abuse.processors import Share
from sandbox.tests.client import WardenProcess
from sandbox.warden.jails.process_status import facts

EVERY = 0.12
NURSERY = b"sandbox.inside.zygote"
"""Stands in the command line of every nursery's bubblewrap."""
MANY = 32
"""Processes above which asking for each one's part of shared pages takes too long."""


@dataclass
class Facts:
    """One jail: its pid namespace, its largest numbers, and what no process of a jail may be."""

    namespace: str = ""
    processes: int = 0
    memory_mb: float = 0.0
    uids: set[int] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)


class Watch:
    """A thread that observes while a run lasts. A jail is identified by the process id of its bubblewrap."""

    def __init__(self, warden: WardenProcess) -> None:
        self._warden = warden
        self.jails: dict[int, Facts] = {}
        self.answers = 0
        self._longest_delay = 0.0
        self._begun, self._cpu = time.monotonic(), cpu_seconds(warden.process.pid)
        pid = warden.process.pid
        self.share = Share(lambda: (pid, *descendants(pid)))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._look()
        self._thread.start()

    def stop(self) -> None:
        """Stop observing; at the end, ask whether the warden still answers."""
        self._stop.set()
        self._thread.join(10)
        self._ask()

    def busy(self) -> float:
        """The part of one processor that the warden itself has used since the watch began."""
        used = cpu_seconds(self._warden.process.pid) - self._cpu
        return used / max(1.0, time.monotonic() - self._begun)

    def slowest_status(self) -> float:
        """Seconds for which the warden left a question unanswered, as on a machine of our own."""
        return self._longest_delay * self.share.left()

    def gone(self) -> list[Facts]:
        """The jails that were seen and have ended since."""
        here = set(jails_of(self._warden.process.pid))
        return [facts for bwrap, facts in self.jails.items() if bwrap not in here]

    def wait_for_end(self, seconds: float = 30.0) -> list[Facts]:
        """The jails that were seen and are no more, as soon as there is one."""
        until = time.monotonic() + seconds
        while not (gone := self.gone()) and time.monotonic() < until:
            time.sleep(0.02)
        return gone

    def survivors(self, seconds: float = 30.0) -> list[int]:
        """Processes that still live in the process namespace of a jail that has gone.

        The kernel gives the name of an empty namespace to the next one. A process of a jail that lives is no
        survivor, and neither is one below another warden of this machine.
        """
        mine = {0, self._warden.process.pid}
        until = time.monotonic() + seconds
        while True:
            living = {
                own_namespace(bwrap, descendants(bwrap)) for bwrap in jails_of(self._warden.process.pid)
            }
            names = {facts.namespace for facts in self.gone()} - living - {""}
            left = [
                pid
                for pid in every_process()
                if namespace_of(pid) in names and is_alive(pid) and warden_above(pid) in mine
            ]
            if not left or time.monotonic() > until:
                return left
            time.sleep(0.02)

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            self._look()
            self._ask()

    def _ask(self) -> None:
        begun = time.monotonic()
        with contextlib.suppress(OSError):
            self.answers += bool(self._warden.status())
        self._longest_delay = max(self._longest_delay, time.monotonic() - begun)

    def _look(self) -> None:
        for bwrap in jails_of(self._warden.process.pid):
            inside = descendants(bwrap)
            if not inside:
                continue
            facts = self.jails.setdefault(bwrap, Facts())
            facts.namespace = facts.namespace or own_namespace(bwrap, inside)
            statuses = [read_status(pid) for pid in inside]
            seen = [status for status in statuses if status]
            facts.processes = max(facts.processes, len(seen))
            memory = sum(int(status.get("VmRSS", "0 kB").split()[0]) for status in seen) / 1024
            if len(inside) > MANY:
                memory = crowd_kb(statuses) / 1024
            elif memory > max(facts.memory_mb, 300):
                memory = min(memory, sum(proportional_kb(pid) for pid in inside) / 1024)
            facts.memory_mb = max(facts.memory_mb, memory)
            for status in seen:
                facts.uids.add(int(status["Uid"].split()[1]))
                facts.wrong |= wrong_with(status)


def crowd_kb(statuses: list[dict[str, str]]) -> int:
    """What the processes of a jail hold beyond what each was forked with, and the largest shared memory of
    one.

    The first is bubblewrap's process 1, then comes the holder of a jail that a zygote entered, then the
    supervisor, from which all others are forked. 0 where that one has gone: what the others share is not
    known then, and they are about to go.
    """
    own = [int(status.get("RssAnon", "0 kB").split()[0]) for status in statuses]
    shared = [int(status.get("RssShmem", "0 kB").split()[0]) for status in statuses]
    supervisor = 2 if statuses[1].get("Name") == "cat" else 1
    if not (image := own[supervisor]):
        return 0
    return image + sum(max(0, kb - image) for kb in own[supervisor + 1 :]) + max(shared, default=0)


def wrong_with(status: dict[str, str]) -> set[str]:
    """What a program in a jail may never be: privileged, without a filter, able to gain privileges."""
    found: set[str] = set()
    name = status["Name"]
    # The kernel shows 3 for a process that the filter has killed and that has not ended yet.
    if status.get("Seccomp") not in ("2", "3"):
        return (
            set() if name == "bwrap" else {f"{name} has no filter"}
        )  # bubblewrap makes the jail before it locks itself in
    if any(int(status[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")):
        found.add(f"{name} has capabilities")
    if status["NoNewPrivs"] != "1":
        found.add(f"{name} may gain privileges")
    if "0" in status["Uid"].split():
        found.add(f"{name} is root outside")
    return found


def read_status(pid: int) -> dict[str, str]:
    """/proc/<pid>/status as words by name; empty for a process that has ended."""
    try:
        status = facts(Path(f"/proc/{pid}"))
    except OSError:
        return {}
    return {} if status.get("State", "Z")[0] in "ZX" else status


def children(pid: int) -> list[int]:
    """The processes that one started and that have not been reaped."""
    found: list[int] = []
    with contextlib.suppress(OSError, ValueError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 (names only, many times a second)
            found += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
    return found


def jails_of(warden: int) -> list[int]:
    """The bubblewraps of a warden's jails: those of its children whose command line says so.

    A nursery, in which no run ever is, is none. Neither is a child that the warden has forked and that is
    still a copy of it, nor one that has ended: its command line is empty, so a nursery that ends cannot be
    told from a jail any more.
    """
    return [
        pid for pid in children(warden) if _is_bubblewrap(line := command_line(pid)) and NURSERY not in line
    ]


def is_nursery(bwrap: int) -> bool:
    return NURSERY in command_line(bwrap)


def _is_bubblewrap(line: bytes) -> bool:
    return line.partition(b"\0")[0].rpartition(b"/")[2] == b"bwrap"


def command_line(pid: int) -> bytes:
    """The words of a process, each ended by NUL; empty when it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def descendants(pid: int) -> list[int]:
    """All below a process, without itself, elders first: what a jail's process 1 adopts comes after the
    supervisor.
    """
    found = children(pid)
    for one in found:  # it grows meanwhile
        if len(found) > 1000:
            break
        found += children(one)
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ancestors(pid: int) -> list[int]:
    """The process and those above it, nearest first."""
    chain = []
    while pid > 1:
        chain.append(pid)
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
        except OSError:
            break
    return chain


def warden_above(pid: int) -> int:
    """The living warden that started a process, 0 without one."""
    for one in ancestors(pid):
        with contextlib.suppress(OSError):
            if b"sandbox.warden" in Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0"):
                return one
    return 0


def every_process() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208


def namespace_of(pid: int) -> str:
    """The name of a process's pid namespace, empty when it cannot be read."""
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return ""


def own_namespace(bwrap: int, inside: list[int]) -> str:
    """The namespace of what bubblewrap started, empty while it is still ours."""
    ours = namespace_of(os.getpid())
    return next((name for pid in [*inside, bwrap] if (name := namespace_of(pid)) not in ("", ours)), "")


def is_alive(pid: int) -> bool:
    return bool(read_status(pid))


def proportional_kb(pid: int) -> int:
    """Memory with shared pages divided among their users, in KiB."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
