"""What the warden concludes from the number of maps and descriptors of processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from sandbox.warden.jails import kernel_memory, watchdog
from sandbox.warden.jails.kernel_memory import HOARDERS, KernelMemory, hoard

MAPS = """
import mmap, time
kept = []
for number in range(3000):
    kept.append(mmap.mmap(-1, 8192, prot=[mmap.PROT_READ, mmap.PROT_WRITE][number % 2]))
"""
DESCRIPTORS = """
import os
kept = [os.eventfd(0) for _ in range(260)]
"""
HONEST = ""
WAIT = """
import os, sys
if child := os.fork():
    os.waitpid(child, 0)
else:  # its table of descriptors is its own; the first process still has the size of that of the tests
    print(os.getpid(), flush=True)
    sys.stdin.read()
"""
Start = Callable[[str, int], list[int]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts so many processes that do this and then wait; returns their ids."""
    started: list[subprocess.Popen[bytes]] = []

    def some(program: str, number: int) -> list[int]:
        new = [
            subprocess.Popen(
                [sys.executable, "-c", program + WAIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            for _ in range(number)
        ]
        started.extend(new)
        return [int(process.stdout.readline()) for process in new if process.stdout is not None]

    yield some
    for process in started:
        process.communicate()  # closes its input, at which it ends


@pytest.mark.parametrize("program", [MAPS, DESCRIPTORS], ids=["maps", "descriptors"])
def test_several_processes_with_very_many_maps_or_descriptors_hoard_and_fewer_do_not(
    start: Start, program: str
) -> None:
    honest, some = start(HONEST, 3), start(program, HOARDERS - 1)
    assert not hoard([*honest, *some])
    assert hoard([*honest, *some, *start(program, 1)])


def test_a_run_is_over_its_memory_only_if_the_kernels_has_grown_as_well(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 500 << 20
    monkeypatch.setattr(kernel_memory, "machine", lambda: (now, 0))  # the machine's own number is not ours
    before, hoarders, honest = KernelMemory(), start(DESCRIPTORS, HOARDERS), start(HONEST, HOARDERS)
    assert not before.exceeded(hoarders)
    now = 400 << 20
    assert not before.exceeded(hoarders)
    now = 470 << 20  # 70 MiB above the least
    assert before.exceeded(hoarders)
    assert not before.exceeded(honest)


def test_the_machine_says_how_much_its_kernel_and_its_programs_use() -> None:
    assert min(kernel_memory.machine()) > 1 << 20


def test_a_large_table_of_descriptors_is_charged_as_memory_and_a_small_one_is_not(start: Start) -> None:
    (large,), (small,) = start(DESCRIPTORS, 1), start(HONEST, 1)
    sizes = {pid: watchdog.private(pid) for pid in (large, small)}
    assert kernel_memory.descriptors(large) >= 260
    assert kernel_memory.descriptors(os.getpid()) > 0
    assert sizes[large] - sizes[small] > 1 << 20
