"""Memory that the kernel keeps for a program and that no process's numbers show, where no control group
counts it: records of maps, watches of epoll, pages of pipes.

No file says how much of it one jail has. A jail is ended when the kernel's memory has grown and the jail's
processes could have caused that: several have very many maps, or very many descriptors. What processes below
these numbers can hold together is bounded: a jail has at most 118 processes and threads, each with fewer than
2,500 maps of 250 bytes, and fewer than 256 descriptors: 64 epolls with 64 watches each of 200 bytes, or pipes
of two pages. That is 74 MiB of maps, 92 MiB of watches or 118 MiB of pipes.
A pipe that is filled from a socket (splice, sendfile) holds the socket's large pages: about 256 KiB for
each of the first 1,024 pipes of a user, 400 MiB in all.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Sequence
from pathlib import Path

from sandbox.warden.jails.process_status import amount, facts

GROWTH = 64 << 20
"""Bytes by which the kernel's own memory of the whole machine may grow during a run before its processes are
looked at.
"""
MANY_MAPS = 256 << 10
"""Bytes of /proc/<pid>/maps: about 2,500 maps. A Python process with everything that labs import has 500."""
MANY_DESCRIPTORS = 256
"""Size of a process's table of descriptors. The kernel doubles it as needed, from 64; an honest lab has 128
at most.
"""
HOARDERS = 4
"""Processes that each have many maps or descriptors: an honest program may have one."""
SAMPLE = 16
"""Processes whose maps are read in one look: reading those of a crowd would keep the warden for too long."""
DESCRIPTOR = 4096
"""Bytes that are charged for each place in a large table of descriptors: half of a pipe of two pages."""


def machine() -> tuple[int, int]:
    """Bytes of this machine that its kernel uses and cannot give back, but for pages of pipes and of sockets,
    and bytes that its programs use beside files; each is 0 where the kernel does not say.
    """
    found = {"SUnreclaim": 0, "AnonPages": 0}
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in found:
                found[name] = int(value.split()[0]) << 10
    return found["SUnreclaim"], found["AnonPages"]


class KernelMemory:
    """How far the kernel's memory has grown since a run began, and that of all programs, `of_programs`."""

    def __init__(self) -> None:
        self._least, self._least_of_programs = machine()
        self.of_programs = 0

    def exceeded(self, pids: Sequence[int]) -> bool:
        """Has the kernel's memory grown, and could these processes have caused it?"""
        now, programs = machine()
        self._least = min(self._least, now)
        self._least_of_programs = min(self._least_of_programs, programs)
        self.of_programs = programs - self._least_of_programs
        return now - self._least > GROWTH and hoard(pids)


def hoard(pids: Sequence[int]) -> bool:
    """Are there `HOARDERS` among these processes? Of many, some are looked at, others in the next look."""
    if sum(descriptors(pid) >= MANY_DESCRIPTORS for pid in pids) >= HOARDERS:
        return True
    some = random.sample(pids, min(SAMPLE, len(pids)))
    found = 0
    for pid in some:
        found += has_many_maps(pid)
        if found * len(pids) >= HOARDERS * len(some):
            return True
    return False


def has_many_maps(pid: int) -> bool:
    """Does this process have so many maps that a crowd of its kind would fill memory?"""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/maps", "rb") as listed:  # noqa: PTH123 (read in part)
        size = 0
        while piece := listed.read(64 << 10):
            size += len(piece)
            if size >= MANY_MAPS:
                return True
    return False


def descriptors(pid: int) -> int:
    """The size of a process's table of descriptors; 0 for a process that has ended."""
    with contextlib.suppress(OSError):
        return amount(facts(Path(f"/proc/{pid}")), "FDSize")
    return 0


def charge(table: int) -> int:
    """Bytes that are charged for a table of descriptors of this size: what pipes may hold behind them."""
    return table * DESCRIPTOR if table >= MANY_DESCRIPTORS else 0
