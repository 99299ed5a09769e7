"""Ends the processes that `make test` has started, whatever groups and sessions they have made."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

MARK = "BACKBURNER_SUITE"
"""In the environment of each part: the process id of the suite."""
ORDERLY = 40.0
"""Seconds for the parts to end by themselves. A test then ends its product, which waits for its own parts."""
FIRM = 5.0
Process = tuple[int, str]
"""A process id with the time of its start: a new process may get the id of one that has ended."""


class Descendants:
    """Processes that this one has started, directly or not."""

    def __init__(self, parts: list[int], known: set[Process]) -> None:
        self.parts = parts
        self.known = known

    @classmethod
    def of_this_process(cls) -> Descendants:
        """Those that are there now. Those that are made later are found by their parents or by `MARK`."""
        found = cls([], set())
        found.look()
        found.parts = [pid for pid, row in _table().items() if row[0] == os.getpid()]
        return found

    def look(self) -> None:
        """Add what has been started since, also by processes whose parents have ended."""
        table = _table()
        mine = {os.getpid(), *(pid for pid, start in self.known if table.get(pid, (0, ""))[1] == start)}
        mine |= {pid for pid in table if _is_marked(pid)}
        while more := {pid for pid, (parent, _) in table.items() if parent in mine} - mine:
            mine |= more
        self.known |= {(pid, table[pid][1]) for pid in mine - {os.getpid()} if pid in table}

    def alive(self) -> list[int]:
        """Ids of those that have not ended."""
        self.look()
        table = _table()
        return [pid for pid, start in self.known if table.get(pid, (0, ""))[1] == start]

    def end(self) -> None:
        """Ask the parts as Ctrl-C in a terminal would, then all that is left more firmly."""
        for pid in self.parts:
            # The part leads its process group, so pytest's workers and a test's product hear of it, too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGINT)
        self._wait(ORDERLY)
        for name, patience in ((signal.SIGTERM, FIRM), (signal.SIGKILL, FIRM)):
            for pid in self.alive():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, name)
            self._wait(patience)

    def _wait(self, within: float) -> None:
        deadline = time.monotonic() + within
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.2)


def _table() -> dict[int, tuple[int, str]]:
    """Process id -> (its parent's id, the time of its start), without those that have ended."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            # The name, in brackets, may contain spaces.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if fields[0] not in "ZX":
                found[int(entry.name)] = (int(fields[1]), fields[19])
    return found


def _is_marked(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return f"{MARK}={os.getpid()}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return False
