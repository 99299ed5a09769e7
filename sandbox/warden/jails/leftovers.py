"""What a killed warden may leave: first processes of jails and nurseries that bubblewrap was still making.

Bubblewrap asks for a signal at its parent's death only at the end of its preparations. Its inner process
waits until then for the outer one, and waits for ever if that one is killed. It runs no program of a lab.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from sandbox.warden.jails.command_line import HOLDER
from sandbox.warden.jails.process_status import facts

OF_JAILS = (b"sandbox.inside.supervision.supervisor", HOLDER.encode())
OF_NURSERIES = b"sandbox.inside.zygote"


def end_all(processes: Path = Path("/proc")) -> list[int]:
    """Kill the first processes of jails whose outer bubblewrap has gone; returns their process ids."""
    ended = []
    for folder in processes.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, KeyError):
                if _is_leftover(folder):
                    os.kill(int(folder.name), signal.SIGKILL)
                    ended.append(int(folder.name))
    return ended


def _is_leftover(folder: Path) -> bool:
    """Is it bubblewrap, with our program, in namespaces of its own, and below no other bubblewrap?"""
    if not _is_bubblewrap(folder):
        return False
    known = facts(folder)
    command = (folder / "cmdline").read_bytes()
    if any(program in command for program in OF_JAILS):
        is_inner = known["NSpid"].split()[1:] == ["1"]
    else:
        # The outer one has the user namespace of its warden, which is like this one.
        spaces = {(process / "ns" / "user").readlink() for process in (folder, folder.parent / "self")}
        is_inner = OF_NURSERIES in command and len(spaces) > 1
    return is_inner and not _is_bubblewrap(folder.parent / known["PPid"])


def _is_bubblewrap(folder: Path) -> bool:
    return (folder / "cmdline").read_bytes().startswith(b"bwrap\0")
