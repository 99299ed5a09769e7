"""The program of a nursery: warm up once, then fork a supervisor into each jail that the warden has made.

The zygote never hears of a run and runs no program of a lab. For each jail it receives descriptors only:

1. A child in the nursery chooses the jail's process namespace for its own children, forks one and waits.
2. That one enters the jail and drops every right (`jail_entry.py`), forks the supervisor and ends.
3. The supervisor, which the jail's process 1 has adopted by then, makes its random numbers its own.

So a process that has rights is never below the jail's process 1, and no program of a lab runs before all of
them have ended. A child whose step fails ends, and with it the jail's connection to the warden.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import sys
import time
import traceback

from sandbox.inside import limits, warm_up
from sandbox.inside.broker import valkey_server
from sandbox.inside.supervision.supervisor import Supervisor
from sandbox.inside.zygote import jail_entry, randomness
from sandbox.jail_descriptors import MOST_GROUPS, NAMES

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def main(channel: int, seccomp: int, valkey: str) -> None:
    """Serve the warden until it closes its end. `channel` is the descriptor of the connection to it, from
    `seccomp` the filter of a jail can be read, `valkey` is the server program.
    """
    os.set_inheritable(channel, False)
    _libc.prctl(limits.PR_SET_DUMPABLE, 0, 0, 0, 0)
    with open(seccomp, "rb") as program:
        nursery = Nursery(socket.socket(fileno=channel), program.read(), valkey)
    nursery.warm_up()
    nursery.serve()


class Nursery:
    """The zygote's own process."""

    def __init__(self, channel: socket.socket, seccomp: bytes, valkey: str) -> None:
        self._channel, self._seccomp, self._valkey = channel, seccomp, valkey

    def warm_up(self) -> None:
        """Import and rehearse. The pages that this writes are shared by all jails."""
        valkey_server.version(self._valkey)
        server = valkey_server.start(self._valkey, {}, prepare=_end_with_parent)
        warm_up.import_all()
        if not valkey_server.wait_until_listening():
            sys.exit("Valkey did not start in the nursery.")
        warm_up.preheat()
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)
        os.unlink(valkey_server.SOCKET)  # noqa: PTH108 (the jails' broker makes one of this name)

    def serve(self) -> None:
        """Fork for each jail; end when the warden has closed the connection."""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
        self._channel.sendall(b"warm")
        while True:
            groups, descriptors, flags, _ = socket.recv_fds(self._channel, 1, len(NAMES) + MOST_GROUPS)
            if not groups:
                os._exit(0)
            # A jail that would join fewer control groups than it has is not made: its connection ends.
            is_whole = len(descriptors) == len(NAMES) + groups[0] and not flags & socket.MSG_CTRUNC
            if is_whole and os.fork() == 0:
                self._populate(descriptors)
            for descriptor in descriptors:
                os.close(descriptor)

    def _populate(self, descriptors: list[int]) -> None:
        """In the child: put a supervisor into the jail. Never returns."""
        try:
            named = dict(zip(NAMES, descriptors[: len(NAMES)], strict=True))
            os.dup2(named["errors"], 2)  # from here on this jail's warden reads what went wrong
            jail_entry.join(named["pid"], "pid")
            if os.fork():
                os.closerange(3, 512)  # so that the jail's connections end with the jail
                with contextlib.suppress(ChildProcessError):  # the kernel has reaped it
                    os.wait()
                os._exit(0)
            jail_entry.enter(named, descriptors[len(NAMES) :], self._seccomp)
            if os.fork():
                os._exit(0)
            self._supervise(socket.socket(fileno=named["control"]))
        except BaseException:
            with contextlib.suppress(BaseException):
                traceback.print_exc()
        finally:
            os._exit(1)

    def _supervise(self, control: socket.socket) -> None:
        os.setsid()
        randomness.renew()
        limits.set_own()
        server = valkey_server.start(self._valkey, {})
        if not valkey_server.wait_until_listening():
            sys.exit("Valkey did not start in the jail.")
        _wait_for_adoption()
        Supervisor(control, self._valkey, server).run()


def _wait_for_adoption(within: float = 5.0) -> None:
    """Until the process that entered the jail has ended. A program of a lab could stop it, and the warden
    would not find the jail's processes below process 1.
    """
    until = time.monotonic() + within
    while os.getppid() != 1:
        if time.monotonic() > until:
            sys.exit("The process that entered the jail did not end.")
        time.sleep(0.001)


def _end_with_parent() -> None:
    """The nursery has no process namespace of its own that would end the broker of the rehearsal."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
