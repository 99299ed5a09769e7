"""Bounds that only the inside can set or check: processes, output, and how full the file systems are."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource

from sandbox.volumes import TOO_MANY_FILES, VOLUMES, too_many_files

PROCESSES = 128
"""Processes and threads of a jail. An anyio pool alone may have 40 threads."""
SIGNALS = 512
"""Signals that may wait in a jail, and timers of processes."""
MOST_OUTPUT = 16 << 20
MOST_NOTES = 100_000
PR_SET_DUMPABLE = 4


def set_own() -> None:
    """Bound the processes and signals of this jail, and make this process and its forks undumpable."""
    # The kernel counts both in the user namespace, so these are the jail's own counts. It also counts them
    # for the namespace above, with the bound that the maker of this one had. All jails of a user share that
    # count, so it would be wrong to set the bound before the namespace is made.
    resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES, PROCESSES))
    resource.setrlimit(resource.RLIMIT_SIGPENDING, (SIGNALS, SIGNALS))
    # Programs of the run have the same user id. Undumpable, /proc/<pid>/mem and fd are closed to them.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


class Usage:
    """How much a run has written so far: bytes of output, messages of lanes, and its file systems."""

    def __init__(self) -> None:
        self.output = 0
        self.notes = 0

    def exceeded(self) -> str | None:
        """A sentence that names the bound that was passed; None if none was."""
        if self.output > MOST_OUTPUT:
            return f"The run printed more than {MOST_OUTPUT >> 20} MiB."
        if self.notes > MOST_NOTES:
            return f"The run sent more than {MOST_NOTES:,} events."
        for place in VOLUMES:
            with contextlib.suppress(OSError):
                found = os.statvfs(place)
                if found.f_blocks and not found.f_bavail:
                    return f"The run filled the disk ({found.f_blocks * found.f_frsize >> 20} MiB)."
                if too_many_files(found):
                    return TOO_MANY_FILES
        return None
