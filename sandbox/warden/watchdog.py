"""Memory and processes of a jail where no control group bounds them: read from /proc, five times a second."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
PROCESSES = 118


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
    threads = 0
    for one in pids:
        with contextlib.suppress(OSError):
            threads += len(os.listdir(f"/proc/{one}/task"))  # noqa: PTH208
    if threads > PROCESSES:
        return "processes"
    # Forked processes share most of their pages. The cheap sum counts those again and again, so it only raises suspicion.
    if sum(map(resident, pids)) > memory and sum(map(proportional, pids)) > memory:
        return "memory"
    return None


def resident(pid: int) -> int:
    """Resident memory in bytes, shared pages counted whole; 0 for a process that has gone."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return 0


def proportional(pid: int) -> int:
    """Resident memory in bytes, each shared page divided among its users; the resident memory where that is secret."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    # An undumpable process is ours: the supervisor or a stub, whose pages are mostly those that it was forked from.
    return resident(pid) // 4
