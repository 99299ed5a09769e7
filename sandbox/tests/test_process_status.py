"""What the warden reads about a process that has chosen its name to mislead it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.inside.supervision.children import is_gone
from sandbox.inside.supervision.lane import sessions
from sandbox.warden.jails import kernel_memory, watchdog
from sandbox.warden.jails.process_status import amount, facts

NAMED = """
import ctypes, sys
ctypes.CDLL(None).prctl(15, bytes.fromhex(sys.argv[1]), 0, 0, 0)  # PR_SET_NAME
print("named", flush=True)
sys.stdin.read()
"""
FORGERIES = [
    b"\vVmPTE:",
    b"\rVmPTE:-9999999",
    b"\nVmPTE:x",
    b"\x0cVmRSS:x",
    b"\x1cRssAnon:x",
    b"\x1dFDSize:",
    b"\x1eFDSize:9999",
    b"\xc2\x85VmRSS:x",
    b"\xe2\x80\xa8VmRSS:",
    b"\xff) Z 1 1",
]
Named = Callable[[bytes], int]


@pytest.fixture
def named() -> Iterator[Named]:
    """Starts a process, gives it this name and returns its id."""
    started: list[subprocess.Popen[bytes]] = []

    def start(name: bytes) -> int:
        words = [sys.executable, "-c", NAMED, name.hex()]
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"named\n"
        return process.pid

    yield start
    for process in started:
        process.communicate()  # closes its input, at which it ends


@pytest.mark.parametrize("name", FORGERIES)
def test_a_name_changes_no_number_that_the_warden_reads(named: Named, name: bytes) -> None:
    honest, forger = named(b"honest"), named(name)
    for read in (watchdog.resident, watchdog.private, watchdog.proportional):
        assert read(honest) / 2 < read(forger) < read(honest) * 2
    assert kernel_memory.descriptors(forger) == kernel_memory.descriptors(honest)


@pytest.mark.parametrize("name", FORGERIES)
def test_a_supervisor_finds_a_process_whatever_its_name(named: Named, name: bytes) -> None:
    forger = named(name)
    assert (forger, os.getsid(forger)) in list(sessions())
    assert not is_gone(forger)


def test_a_number_that_a_process_does_not_have_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "status").write_bytes(b"Name:\tgone\nState:\tZ (zombie)\nFDSize:\t64\n")
    assert amount(facts(tmp_path), "VmRSS", "VmPTE") == 0
    assert amount(facts(tmp_path), "FDSize") == 64
