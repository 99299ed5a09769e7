"""Counts from /proc, five times a second: what control groups do not count, and everything where there are
none.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from sandbox.volumes import VOLUMES, too_many_files
from sandbox.warden.jails.kernel_memory import KernelMemory, charge
from sandbox.warden.jails.process_status import amount, facts

SOCKET = 256 << 10
"""Bytes that the kernel may use for one socket: the default buffer and one more message. The queues of TCP
can be read and are counted as they are.
"""
PAGE = os.sysconf("SC_PAGE_SIZE")
TCP_UNSEEN = (os.cpu_count() or 1) << 20
"""Bytes of TCP's memory that the processors may keep out of the machine's total, 1 MiB each."""
WITHOUT_QUEUES = {"02", "0A"}
"""States in /proc/net/tcp of a socket that connects, and of one that listens."""
PROCESSES = 118
CROWD = 48
"""Threads above which a jail gets the lowest priority. Without control groups, each thread gets as much
processor time as another jail's or the warden.
"""
LOWEST_PRIORITY = 19
MANY = 32
"""Processes above which shared pages are no longer counted exactly, which would take too long."""
FAR = 2
"""Times a run's memory by which all programs of the machine may use more before a crowd's shared pages count
for each of its processes. Other runs grow, too, but few runs are crowds.
"""
LOCKS, LONGEST_LIST = 2000, 256 << 10
"""Locks that a run may hold (SQLite holds five for each connection), and bytes of /proc/locks that are read
(60 for each lock). More is not read, because the kernel blocks all locking on the machine while it writes a
page of the list, for 2 ms when a program locks without pause.
"""
SUPERVISOR = 2
"""Its index in `descendants`: after bubblewrap outside and bubblewrap inside comes the oldest child, the
supervisor, from which every lane is forked. In a jail from a nursery it is the second oldest.
"""


def descendants(pid: int) -> list[int]:
    """A process and all its descendants, oldest first. A daemon in a jail becomes a child of the jail's
    process 1, so it is among them.
    """
    found = [pid]
    for current in found:  # the list grows during the loop
        if len(found) > 2000:
            break
        with contextlib.suppress(OSError, ValueError):
            for thread in os.listdir(f"/proc/{current}/task"):  # noqa: PTH208 (names only, five times a second)
                found += map(int, Path(f"/proc/{current}/task/{thread}/children").read_text().split())
    return found


def exceeded(
    pid: int, memory: int, supervisor: int = SUPERVISOR, kernel: KernelMemory | None = None
) -> str | None:
    """`memory` or `processes` when the jail of this bubblewrap uses more than it may, else None. `memory` is
    in bytes, `supervisor` is that one's place among the descendants, `kernel` what the kernel used before.
    """
    pids = descendants(pid)
    threads: list[int] = []
    for one in pids:
        with contextlib.suppress(OSError):
            threads += map(int, os.listdir(f"/proc/{one}/task"))  # noqa: PTH208
    if len(threads) > PROCESSES:
        return "processes"
    if len(threads) > CROWD:
        lower_priority(threads)
    if kernel is not None and kernel.exceeded(pids):
        return "memory"
    # Forked processes share most of their pages. The sum of resident sizes is cheap and counts a shared page
    # for each process, so it can only say that an exact count is needed.
    if len(pids) > MANY:
        grown = kernel.of_programs if kernel is not None else 0
        return "memory" if a_crowd_exceeds(pids, supervisor, memory, grown) else None
    if sum(map(resident, pids)) > memory and sum(map(proportional, pids)) > memory:
        return "memory"
    return None


def exceeded_uncounted(pid: int, memory: int) -> str | None:
    """`memory` or `files` when the jail of this bubblewrap has too much of what control groups may not
    count.
    """
    try:
        process_1 = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
    except (OSError, IndexError):
        return None  # the jail is ending, or has not been made yet
    if sockets(Path(f"/proc/{process_1}/net"), memory) > memory:
        return "memory"
    return "files" if has_too_many_files(process_1) else None


def sockets(network: Path, memory: int) -> int:
    """Bytes that the kernel may use for the sockets of a jail's network namespace; no process's memory has
    them. `network` is the folder `net` of a process of the jail.

    The kernel walks its table of all connections of the machine to write `tcp`, which takes milliseconds. So
    that list is read only if all TCP of the machine uses enough to put this jail above `memory`, in bytes.
    """
    held = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        words = (network / "sockstat").read_text().split()
        held = int(words[2]) * SOCKET
        if held + int(words[words.index("mem") + 1]) * PAGE + TCP_UNSEEN <= memory:
            return held
        for name in ("tcp", "tcp6"):
            for line in (network / name).read_text().splitlines()[1:]:
                held += queued(line)
    return held


def queued(line: str) -> int:
    """Bytes that wait in both queues of a socket, from its line of /proc/net/tcp.

    The kernel computes a length from two sequence numbers that it reads without a lock. The difference is
    negative (a huge unsigned number) if an acknowledgement came in between, and arbitrary while a socket
    connects. For a listening socket the number counts connections, not bytes.
    """
    fields = line.split()
    if fields[3] in WITHOUT_QUEUES:
        return 0
    return sum(size for size in (int(queue, 16) for queue in fields[4].split(":")) if size < 1 << 31)


def too_many_locks(pid: int) -> bool:
    """Do the processes of a jail hold more file locks than a run may? Each lock is memory of the kernel.

    /proc/locks lists the whole machine's, for each processor the newest first. Only the first part of a long
    list is read. That finds one jail that holds too many; once its locks are gone, the next check finds the
    next one.
    """
    with contextlib.suppress(OSError), open("/proc/locks", "rb") as listed:  # noqa: PTH123 (read in part)
        fields = [line.split() for line in listed.read(LONGEST_LIST).splitlines()[:-1]]
        if len(fields) > LOCKS:
            inside = {str(one).encode() for one in descendants(pid)}
            return sum(field[-4] in inside for field in fields if len(field) >= 8) > LOCKS
    return False


def has_too_many_files(process_1: int) -> bool:
    """Do the folders of a jail hold more files than a run may make?

    The supervisor checks this too and more often, but a program may have stopped it. No file is opened here,
    and the folders are mount points, which a program cannot replace by links.
    """
    for place in VOLUMES:
        with contextlib.suppress(OSError):
            if too_many_files(os.statvfs(f"/proc/{process_1}/root{place}")):
                return True
    return False


def a_crowd_exceeds(pids: list[int], supervisor: int, memory: int, grown: int) -> bool:
    """Do many processes use too much? `grown` is by how much all programs of the machine use more than when
    the run began.

    A process that is charged only for its growth may have given up the pages that it was forked with, and
    use as many of its own. So when the machine's programs use far more, each process is charged in full.
    """
    if growth_since_fork(pids, supervisor) > memory:
        return True
    return grown > FAR * memory and sum(map(private, pids)) > memory


def growth_since_fork(pids: list[int], supervisor: int) -> int:
    """Memory in bytes that many processes have beyond what each was forked with, at the place `supervisor`.

    The proportional set size would be exact, but the kernel takes a lock for it that a forking process holds;
    with a hundred forking processes the warden would block. 0 when the supervisor is ending: the shared part
    is unknown then, and the others end with it.
    """
    if not (image := private(pids[supervisor])):
        return 0
    return sum(max(0, private(one) - image) for one in pids)


def lower_priority(threads: list[int]) -> None:
    """Give these threads, and those that they start from now on, the lowest priority."""
    for thread in threads:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, LOWEST_PRIORITY)


def resident(pid: int) -> int:
    """Resident memory in bytes with shared pages counted in full, and page tables; 0 for a process that has
    ended.
    """
    return _bytes(pid, "VmRSS", "VmPTE")


def private(pid: int) -> int:
    """The same without files and shared mappings. A page that is shared since a fork counts for
    each process.
    """
    return _bytes(pid, "RssAnon", "VmPTE")


def proportional(pid: int) -> int:
    """Resident memory in bytes with each shared page divided among its processes; an estimate where the
    kernel does not show it.
    """
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return (int(line.split()[1]) << 10) + _bytes(pid, "VmPTE")
    # An undumpable process hides this file from an unprivileged warden. Most pages of a lane are shared.
    return resident(pid) // 4


def _bytes(pid: int, *names: str) -> int:
    """The sum of these lines of /proc/<pid>/status, which is read without a lock, and what is charged for
    descriptors; 0 for a process that has ended.
    """
    with contextlib.suppress(OSError):
        known = facts(Path(f"/proc/{pid}"))
        return (amount(known, *names) << 10) + charge(amount(known, "FDSize"))
    return 0
