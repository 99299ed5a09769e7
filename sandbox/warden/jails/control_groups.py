"""Bounds on memory, processes and processor time by control groups, of version 2 or 1, where they can be
written.

A jail's group is made below the warden's own, so the warden's bounds include its jails.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path

from sandbox.protocol import Force, Protection

ROOT = Path("/sys/fs/cgroup")
CONTROLLERS = ("memory", "pids", "cpu")
COUNTER = "cpuacct"
"""Version 1 counts processor time in a hierarchy that may be one of its own; version 2 does with `cpu`."""
PREFIX = "backburner-"
PROCESSES = 120
"""Lower than the jail's own RLIMIT_NPROC, so that the group refuses first, and counts that."""
WEIGHT_WHILE_DYING = 1000
"""The largest share of the processor, for a jail that has been killed: ending takes processor time too."""
WEIGHT = 50
"""A running jail's share of the processor. Other groups have 100 (version 2) or 1024 shares (version 1)."""
WEIGHT_WHILE_WARMING = 1
"""A warming jail gets only idle processor time."""
_numbers = itertools.count(1)


@dataclass
class Group:
    """The control group of one jail: one folder for each controller. In version 2 it is the same folder for
    all.
    """

    folders: dict[str, Path]
    version: int

    def join(self) -> None:
        """Move this process into the group. Called between fork and exec, while it is still root."""
        for folder in set(self.folders.values()):
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def open_files(self) -> list[int]:
        """Descriptors of the files by which a process joins: one that writes `0` is in the group, by the
        right of the one who opened the file. The caller closes them.
        """
        return [
            os.open(folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
            for folder in set(self.folders.values())
        ]

    def limit_memory(self, size: int) -> None:
        """Bound memory in bytes, swap included where the kernel counts it."""
        if folder := self.folders.get("memory"):
            if self.version == 2:
                _write(folder / "memory.max", size)
                _write(folder / "memory.swap.max", 0)
            else:
                _write(folder / "memory.limit_in_bytes", size)
                _write(folder / "memory.memsw.limit_in_bytes", size)

    def weigh(self, weight: int) -> None:
        """Set the share of the processor, on version 2's scale."""
        if folder := self.folders.get("cpu"):
            if self.version == 2:
                _write(folder / "cpu.weight", weight)
            else:
                _write(folder / "cpu.shares", weight * 10)

    def exceeded(self) -> str | None:
        """`memory` or `processes` if the kernel has killed or refused a process for it, else None."""
        if folder := self.folders.get("memory"):
            file = folder / ("memory.events" if self.version == 2 else "memory.oom_control")
            if _counter(file, "oom_kill"):
                return "memory"
        if (folder := self.folders.get("pids")) and _counter(folder / "pids.events", "max"):
            return "processes"
        return None

    def processor_seconds(self) -> float | None:
        """Processor time that the group has used; None where the kernel does not count it."""
        with contextlib.suppress(OSError, ValueError):
            if folder := self.folders.get(COUNTER):
                return int((folder / "cpuacct.usage").read_text()) / 1e9
            if self.version == 2 and (folder := self.folders.get("cpu")):
                return _counter(folder / "cpu.stat", "usage_usec") / 1e6
        return None

    def kill_all_but(self, kept: int) -> None:
        """Kill every process of the group but `kept`, with the largest share of the processor until they
        end.
        """
        self.weigh(WEIGHT_WHILE_DYING)
        for folder in set(self.folders.values()):
            _write(folder / "cgroup.kill", 1)
        # Kernels before 5.14 and version 1 have no cgroup.kill.
        for folder in list(self.folders.values())[:1]:
            with contextlib.suppress(OSError, ValueError):
                for pid in set(map(int, (folder / "cgroup.procs").read_text().split())) - {kept}:
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)

    def remove(self) -> bool:
        """Remove the group. False while processes in it are still ending."""
        gone = True
        for folder in set(self.folders.values()):
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                gone = False
        return gone


@dataclass
class ControlGroups:
    """Where groups can be made: the parent folder of each controller. `why` says why version 2, or any group,
    cannot be used.
    """

    parents: dict[str, Path]
    version: int
    why: str = ""

    def make(self) -> Group | None:
        """A new group with every bound but that of memory, which the jail sets. None where no group can be
        made.
        """
        if not self.parents:
            return None
        name = f"{PREFIX}{os.getpid()}-{next(_numbers)}"
        folders = {controller: parent / name for controller, parent in self.parents.items()}
        for folder in set(folders.values()):
            folder.mkdir()
        if "pids" in folders:
            _write(folders["pids"] / "pids.max", PROCESSES)
        if self.version == 2 and "memory" in folders:
            _write(folders["memory"] / "memory.oom.group", 0)
        group = Group(folders, self.version)
        group.weigh(WEIGHT_WHILE_WARMING)
        return group

    def protections(self) -> dict[str, Protection]:
        """What is in force, for the status."""
        group = f"control group, version {self.version}"
        watched = Protection(Force.WEAKER, f"watched by the warden every 0.2 s: {self.why}")
        nice = Protection(Force.WEAKER, f"nice 5: {self.why}")
        return {
            "memory": Protection(Force.FULL, group) if "memory" in self.parents else watched,
            "processes": Protection(Force.FULL, f"{group}, {PROCESSES}")
            if "pids" in self.parents
            else watched,
            "processor": Protection(Force.FULL, f"{group}, a small share") if "cpu" in self.parents else nice,
        }


def find(
    root: Path = ROOT, own: Path = Path("/proc/self/cgroup"), controllers: tuple[str, ...] = CONTROLLERS
) -> ControlGroups:
    """Find out which groups can be made. Removes those that a killed warden left."""
    lines = own.read_text().splitlines() if own.exists() else []
    places = {
        name: path for _, names, path in (line.split(":", 2) for line in lines) for name in names.split(",")
    }
    try:
        found = _version_2(root, places.get("", "/"), controllers)
    except NoGroups as error:
        found = _version_1(root, places, str(error))
    # A group's name has the process id of its warden.
    for parent in set(found.parents.values()):
        for left in parent.glob(f"{PREFIX}*"):
            pid = re.match(rf"{PREFIX}(\d+)", left.name)
            if pid and not Path(f"/proc/{pid[1]}").exists():
                with contextlib.suppress(OSError):
                    left.rmdir()
    return found


class NoGroups(Exception):
    """No group of version 2 can be made here; the text says why."""


def _version_2(root: Path, own: str, controllers: tuple[str, ...]) -> ControlGroups:
    """Version 2. The kernel lets a group have either processes or child groups with controllers, not both, so
    the warden leaves its group for a child of it first.
    """
    home = root / own.strip("/")
    if home.name.startswith(PREFIX):
        # An earlier warden moved the process that started this one; the group to use is the one above.
        home = home.parent
    if not (root / "cgroup.controllers").exists() or not os.access(home, os.W_OK):
        raise NoGroups("no control group can be written")
    if lacking := set(controllers) - set((home / "cgroup.controllers").read_text().split()):
        raise NoGroups(f"its control group has no {' and no '.join(sorted(lacking))}")
    try:
        _leave(home)
        (home / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in controllers))
    except OSError as error:
        with contextlib.suppress(OSError):
            (home / "cgroup.procs").write_text(str(os.getpid()))
            _child_for_warden(home).rmdir()
        raise NoGroups("its control group holds other programs") from error
    return ControlGroups(dict.fromkeys(controllers, home), 2)


def _leave(home: Path) -> None:
    """Move this process from `home` into a group below it; where systemd delegated the group, all
    others too.
    """
    if not (home / "cgroup.type").exists():
        return  # the root group, which may have both
    aside = _child_for_warden(home)
    for _ in range(10):  # repeated, because a process that starts meanwhile starts in `home`
        inside = [int(pid) for pid in (home / "cgroup.procs").read_text().split()]
        moving = inside if _is_delegated(home) else [pid for pid in inside if pid == os.getpid()]
        if not moving:
            return
        aside.mkdir(exist_ok=True)
        for pid in moving:
            with contextlib.suppress(ProcessLookupError):
                (aside / "cgroup.procs").write_text(str(pid))


def _child_for_warden(home: Path) -> Path:
    return home / f"{PREFIX}{os.getpid()}-warden"


def _is_delegated(group: Path) -> bool:
    """Did systemd make this group with `Delegate=yes`? Then the warden may rearrange its processes."""
    for name in ("user.delegate", "trusted.delegate"):
        with contextlib.suppress(OSError):
            return os.getxattr(group, name) == b"1"
    return False


def _version_1(root: Path, places: dict[str, str], why: str) -> ControlGroups:
    """Version 1 has one hierarchy for each controller; each that can be written is used. `why` is version 2's
    reason.
    """
    parents = {}
    for controller in (*CONTROLLERS, COUNTER):
        # Two controllers may share a hierarchy, which then has two names.
        home = (root / controller / places.get(controller, "/").strip("/")).resolve()
        trial = home / f"{PREFIX}{os.getpid()}-trial"
        try:
            trial.mkdir()
            trial.rmdir()
        except OSError:
            continue
        parents[controller] = home
    return ControlGroups(parents, 1, why)


def _write(file: Path, value: int) -> None:
    with contextlib.suppress(OSError):  # this kernel may not have the file
        file.write_text(str(value))


def _counter(file: Path, name: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in file.read_text().splitlines():
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
    return 0
