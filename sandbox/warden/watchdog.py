"""Memory and processes of a jail where no control group bounds them: read from /proc, five times a second."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from sandbox.inside.limits import VOLUMES, too_many_files

SOCKET = 256 << 10
"""Bytes that the kernel may hold for one socket, but for TCP, whose queues can be read: the usual buffer, and a last message."""
WITHOUT_QUEUES = {"02", "0A"}
"""States in /proc/net/tcp of a socket that connects, and of one that listens."""
PROCESSES = 118
CROWD = 48
"""Threads above which a jail has to stand back: each of them would get as much of a processor as a neighbour or the warden."""
LAST_IN_LINE = 19
MANY = 32
"""Processes above which shared pages are not counted exactly any more."""
LOCKS, LONGEST_LIST = 2000, 256 << 10
"""Locks that a run may hold, where SQLite holds five a connection; and bytes of the list (60 a lock) that are read at most: the kernel
stops everybody who locks a file for every page of it, 2 ms while somebody is busy locking."""
SUPERVISOR = 2
"""Its place among the descendants of a jail: bubblewrap outside, bubblewrap inside, then its eldest, of which every lane is forked."""


def descendants(pid: int) -> list[int]:
    """A process and all that descend from it, elders first. What double-forked in a jail descends from the jail's process 1."""
    found = [pid]
    for current in found:  # it grows meanwhile
        if len(found) > 2000:
            break
        with contextlib.suppress(OSError, ValueError):
            for thread in os.listdir(f"/proc/{current}/task"):  # noqa: PTH208 (names only, five times a second)
                found += map(int, Path(f"/proc/{current}/task/{thread}/children").read_text().split())
    return found


def exceeded(pid: int, memory: int) -> str | None:
    """`memory` (in bytes) or `processes` when the jail of this bubblewrap uses more than it may, else None."""
    pids = descendants(pid)
    threads: list[int] = []
    for one in pids:
        with contextlib.suppress(OSError):
            threads += map(int, os.listdir(f"/proc/{one}/task"))  # noqa: PTH208
    if len(threads) > PROCESSES:
        return "processes"
    if len(threads) > CROWD:
        stand_back(threads)
    # Forked processes share most of their pages. The cheap sum counts those again and again, so it only raises suspicion.
    if len(pids) > MANY:
        return "memory" if grown(pids) > memory else None
    if sum(map(resident, pids)) > memory and sum(map(proportional, pids)) > memory:
        return "memory"
    return None


def uncounted(pid: int, memory: int) -> str | None:
    """`memory`, `files` or `locks` when the jail of this bubblewrap has too much of what control groups may not count."""
    try:
        process_1 = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
    except (OSError, IndexError):
        return None  # it dies, or was not made yet
    if sockets(process_1) > memory:
        return "memory"
    if full(process_1):
        return "files"
    return "locks" if too_many_locks(pid) else None


def sockets(process_1: int) -> int:
    """Bytes that the kernel may hold for the sockets in the network of a jail, which are no process's memory."""
    held, network = 0, f"/proc/{process_1}/net"
    with contextlib.suppress(OSError, ValueError, IndexError):
        held += int(Path(f"{network}/sockstat").read_text().split()[2]) * SOCKET
        for name in ("tcp", "tcp6"):
            for line in Path(f"{network}/{name}").read_text().splitlines()[1:]:
                held += queued(line)
    return held


def queued(line: str) -> int:
    """Bytes that wait in both queues of a socket, from its line of /proc/net/tcp.

    The kernel writes a difference of sequence numbers that it reads without a lock: below zero where an acknowledgement came
    between, anything at all while a socket connects. Where one listens it writes connections, not bytes.
    """
    fields = line.split()
    if fields[3] in WITHOUT_QUEUES:
        return 0
    return sum(size for size in (int(queue, 16) for queue in fields[4].split(":")) if size < 1 << 31)


def too_many_locks(pid: int) -> bool:
    """Do the processes of a jail hold more locks on files than a run may, each of them memory of the kernel's?

    The list is that of the whole machine, on each processor the newest first. Of a longer one the first part is looked at, and
    one jail that holds too much of that is found; the next look finds the next.
    """
    with contextlib.suppress(OSError), open("/proc/locks", "rb") as listed:  # noqa: PTH123 (read in part)
        fields = [line.split() for line in listed.read(LONGEST_LIST).splitlines()[:-1]]
        if len(fields) > LOCKS:
            inside = {str(one).encode() for one in descendants(pid)}
            return sum(field[-4] in inside for field in fields if len(field) >= 8) > LOCKS
    return False


def full(process_1: int) -> bool:
    """Do the folders of a jail hold more files than a run may make?

    The supervisor sees it sooner, but a program may have stopped it. Nothing is opened here, and the folders are mounts,
    which a program cannot put something else in the place of.
    """
    for place in VOLUMES:
        with contextlib.suppress(OSError):
            if too_many_files(os.statvfs(f"/proc/{process_1}/root{place}")):
                return True
    return False


def grown(pids: list[int]) -> int:
    """Memory in bytes that the processes of a crowd have beyond what each was forked with, without waiting for any lock.

    Proportional memory needs the lock that a forking process holds; with a hundred of them the warden would stand still.
    0 where the supervisor dies: what the others share is not known then, and they die with it.
    """
    if not (image := private(pids[SUPERVISOR])):
        return 0
    return sum(max(0, private(one) - image) for one in pids)


def stand_back(threads: list[int]) -> None:
    """Give these threads, and what they start from now on, the lowest share of the processor."""
    for thread in threads:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, LAST_IN_LINE)


def resident(pid: int) -> int:
    """Resident memory in bytes, shared pages counted whole, and the tables of its pages; 0 for a process that has gone."""
    return _kilobytes(pid, "VmRSS", "VmPTE") << 10


def private(pid: int) -> int:
    """The same without files and shared mappings; pages shared since a fork count for each."""
    return _kilobytes(pid, "RssAnon", "VmPTE") << 10


def proportional(pid: int) -> int:
    """Resident memory in bytes, each shared page divided among its users; the resident memory where that is secret."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return (int(line.split()[1]) + _kilobytes(pid, "VmPTE")) << 10
    # Where the kernel keeps it from us: most pages of a lane are those that it was forked from.
    return resident(pid) // 4


def _kilobytes(pid: int, *names: str) -> int:
    """The sum of these lines of /proc/<pid>/status, which no process can hold up; 0 for one that has gone."""
    found = 0
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name in names:
                found += int(value.split()[0])
    return found
