"""Memory and processes of a jail where no control group bounds them: read from /proc, five times a second."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
PROCESSES = 118
CROWD = 48
"""Threads above which a jail has to stand back: each of them would get as much of a processor as a neighbour or the warden."""
LAST_IN_LINE = 19
MANY = 32
"""Processes above which shared pages are not counted exactly any more."""
SUPERVISOR = 2
"""Its place among the descendants of a jail: bubblewrap outside, bubblewrap inside, then what every lane is forked from."""


def descendants(pid: int) -> list[int]:
    """A process and all that descend from it. What double-forked inside a jail descends from the jail's process 1."""
    found: list[int] = []
    todo = [pid]
    while todo and len(found) < 2000:
        current = todo.pop()
        found.append(current)
        with contextlib.suppress(OSError, ValueError):
            for thread in os.listdir(f"/proc/{current}/task"):  # noqa: PTH208 (names only, five times a second)
                todo += map(int, Path(f"/proc/{current}/task/{thread}/children").read_text().split())
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


def grown(pids: list[int]) -> int:
    """Memory in bytes that the processes of a crowd have beyond what each was forked with, without waiting for any lock.

    Proportional memory needs the lock that a forking process holds; with a hundred of them the warden would stand still.
    """
    image = private(pids[SUPERVISOR]) if len(pids) > SUPERVISOR else 0
    return sum(max(0, private(one) - image) for one in pids)


def stand_back(threads: list[int]) -> None:
    """Give these threads, and what they start from now on, the lowest share of the processor."""
    for thread in threads:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, LAST_IN_LINE)


def resident(pid: int) -> int:
    """Resident memory in bytes, shared pages counted whole; 0 for a process that has gone."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return 0


def private(pid: int) -> int:
    """Resident memory in bytes that is no file and no shared mapping; pages shared since a fork count for each."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/statm").read_text().split()
        return (int(fields[1]) - int(fields[2])) * PAGE
    return 0


def proportional(pid: int) -> int:
    """Resident memory in bytes, each shared page divided among its users; the resident memory where that is secret."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    # Where the kernel keeps it from us: most pages of a lane are those that it was forked from.
    return resident(pid) // 4
