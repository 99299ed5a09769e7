"""What the warden counts of a jail without control groups; here, processes that imitate one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.warden.jails import watchdog
from sandbox.warden.jails.kernel_memory import KernelMemory

CROWD = 36
EACH_MB = 2
JAIL = f"""
import ctypes, os, sys, time

def start(run):
    if os.fork() == 0:
        run()
        os._exit(0)

def one_of_a_crowd():
    held = bytearray(os.urandom(1 << 20) * {EACH_MB})
    os.write(1, b".")
    time.sleep(60)

def supervisor():
    image = bytearray(os.urandom(1 << 20) * 32)
    for _ in range({CROWD}):
        start(one_of_a_crowd)
    time.sleep(60)

def adopted():
    time.sleep(60)

def process_1():
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: it adopts, as the first of a namespace does
    start(supervisor)
    start(adopted)
    time.sleep(60)

start(process_1)
time.sleep(60)
"""


@pytest.fixture
def jail() -> Iterator[int]:
    """The process id of an imitation of bubblewrap with many processes, each with 2 MiB beside what it was
    forked with.
    """
    process = subprocess.Popen([sys.executable, "-c", JAIL], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.read(CROWD) == b"." * CROWD
    yield process.pid
    subprocess.run(["kill", "-9", *map(str, watchdog.descendants(process.pid))], check=True)
    process.wait()
    process.stdout.close()


def test_a_crowd_that_holds_too_much_is_seen(jail: int) -> None:
    assert watchdog.exceeded(jail, (CROWD * EACH_MB // 2) << 20) == "memory"


def test_pages_that_a_crowd_shares_since_it_was_forked_do_not_count_for_each(jail: int) -> None:
    assert watchdog.exceeded(jail, (CROWD * EACH_MB * 3) << 20) is None


def test_a_crowd_whose_supervisor_dies_is_not_ended_for_memory(jail: int) -> None:
    supervisor = watchdog.descendants(jail)[watchdog.SUPERVISOR]
    os.kill(supervisor, signal.SIGKILL)
    while watchdog.private(supervisor):
        time.sleep(0.001)
    assert len(watchdog.descendants(jail)) > watchdog.MANY, "process 1 has adopted them"
    assert watchdog.exceeded(jail, (CROWD * EACH_MB * 3) << 20) is None


def test_shared_pages_of_a_crowd_count_for_each_only_if_the_machines_programs_grew_far(
    jail: int,
) -> None:
    memory, crowd = (CROWD * EACH_MB * 3) << 20, watchdog.descendants(jail)
    most = watchdog.FAR * memory
    assert not watchdog.a_crowd_exceeds(crowd, watchdog.SUPERVISOR, memory, most)
    assert watchdog.a_crowd_exceeds(crowd, watchdog.SUPERVISOR, memory, most + 1)


def test_memory_that_programs_take_is_seen_in_the_machines_sum() -> None:
    kernel = KernelMemory()
    taken = bytearray(os.urandom(1 << 20) * 300)
    kernel.exceeded([])
    assert kernel.of_programs > len(taken) / 2


# Lines of /proc/net/tcp. What connects was seen while other programs connected: for a moment one of two
# sequence numbers is new.
LISTENS = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000031 00:00000000 00000000     0        0 4022 1"
CONNECTS = "   1: 0100007F:D431 0100007F:1F90 02 3C518D5D:00000000 01:00000064 00000000     0        0 4023 2"
TALKS = "   2: 0100007F:D432 0100007F:1F90 01 00000800:00001000 01:00000014 00000000     0        0 4024 2"
JUST_ACKNOWLEDGED = TALKS.replace("00000800", "FFFFF830")


def test_bytes_that_wait_in_a_connection_are_counted() -> None:
    assert watchdog.queued(TALKS) == 0x800 + 0x1000


@pytest.mark.parametrize("line", [LISTENS, CONNECTS])
def test_numbers_of_a_socket_without_queues_are_no_bytes(line: str) -> None:
    assert watchdog.queued(line) == 0


def test_a_queue_that_was_emptied_while_the_kernel_read_it_is_empty() -> None:
    assert watchdog.queued(JUST_ACKNOWLEDGED) == 0x1000


def network(folder: Path, *, used: int, pages: int) -> Path:
    """What /proc/<pid>/net shows of one connection with 6 KiB in its queues."""
    (folder / "sockstat").write_text(
        f"sockets: used {used}\nTCP: inuse 1 orphan 0 tw 0 alloc 9 mem {pages}\n"
    )
    (folder / "tcp").write_text(f"head\n{TALKS}\n")
    (folder / "tcp6").write_text("head\n")
    return folder


def test_connections_are_listed_only_where_all_of_the_machine_hold_enough(tmp_path: Path) -> None:
    busy, quiet = (320 << 20) // watchdog.PAGE, 170
    sockets = 2 * watchdog.SOCKET
    assert watchdog.sockets(network(tmp_path, used=2, pages=busy), 320 << 20) == sockets + 0x800 + 0x1000
    assert watchdog.sockets(network(tmp_path, used=2, pages=quiet), 320 << 20) == sockets


def test_what_processors_keep_out_of_the_machines_total_counts_as_the_jails(tmp_path: Path) -> None:
    kept_out = network(tmp_path, used=2, pages=0)
    assert watchdog.sockets(kept_out, 2 * watchdog.SOCKET + watchdog.TCP_UNSEEN - 1) > 2 * watchdog.SOCKET


def test_too_many_processes_are_seen(jail: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "PROCESSES", CROWD)
    assert watchdog.exceeded(jail, 1 << 40) == "processes"
