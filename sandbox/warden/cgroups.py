"""Memory, processes and share of the processor by control groups, version 2 or 1, where they can be written.

A jail's group is made below the warden's own, so that what bounds the warden bounds its jails too.
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
PREFIX = "backburner-"
PROCESSES = 120
"""Below the limit that the inside sets itself, so that the group counts the first refusal."""
HASTE = 1000
"""A share of the processor for a jail that has been killed: more than anything else has."""
WEIGHT = 50
"""Of the processor, where everything else has 100 (version 2) or 1024 shares (version 1, scaled)."""
WEIGHT_WHILE_WARMING = 1
"""What nobody waits for takes what nobody else wants."""
_numbers = itertools.count(1)


@dataclass
class Group:
    """The control group of one jail: a folder a controller. In version 2 all are the same folder."""

    folders: dict[str, Path]
    version: int

    def join(self) -> None:
        """Move this process in; called between fork and exec, before root is dropped."""
        for folder in set(self.folders.values()):
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def limit_memory(self, size: int) -> None:
        """Bound memory in bytes, swap included where the kernel counts it."""
        if folder := self.folders.get("memory"):
            _write(folder / ("memory.max" if self.version == 2 else "memory.limit_in_bytes"), size)
            _write(
                folder / ("memory.swap.max" if self.version == 2 else "memory.memsw.limit_in_bytes"),
                0 if self.version == 2 else size,
            )

    def weigh(self, weight: int) -> None:
        """Set the share of the processor, on version 2's scale."""
        if folder := self.folders.get("cpu"):
            _write(
                folder / ("cpu.weight" if self.version == 2 else "cpu.shares"),
                weight * (1 if self.version == 2 else 10),
            )

    def exceeded(self) -> str | None:
        """`memory` or `processes` when the kernel had to refuse or to kill, else None."""
        if folder := self.folders.get("memory"):
            file = folder / ("memory.events" if self.version == 2 else "memory.oom_control")
            if _counter(file, "oom_kill"):
                return "memory"
        if (folder := self.folders.get("pids")) and _counter(folder / "pids.events", "max"):
            return "processes"
        return None

    def kill(self, spare: int) -> None:
        """Kill whatever is in the group but the process `spare`, and let it die fast: dying takes processor time, too."""
        self.weigh(HASTE)
        for folder in set(self.folders.values()):
            _write(folder / "cgroup.kill", 1)
        for folder in list(self.folders.values())[:1]:
            with contextlib.suppress(OSError, ValueError):
                for pid in set(map(int, (folder / "cgroup.procs").read_text().split())) - {spare}:
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)

    def remove(self) -> bool:
        """Remove the group; False while something still dies in it."""
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
class Cgroups:
    """Where groups can be made: the parent folder of each controller. Empty when none can be written."""

    parents: dict[str, Path]
    version: int

    def make(self) -> Group | None:
        """A new group with all its bounds but that of memory, which a run brings. None where there are no groups."""
        if not self.parents:
            return None
        name = f"{PREFIX}{os.getpid()}-{next(_numbers)}"
        folders = {controller: parent / name for controller, parent in self.parents.items()}
        for folder in set(folders.values()):
            folder.mkdir()
        if "pids" in folders:
            _write(folders["pids"] / "pids.max", PROCESSES)
        if self.version == 2:
            _write(folders["memory"] / "memory.oom.group", 0)
        group = Group(folders, self.version)
        group.weigh(WEIGHT_WHILE_WARMING)
        return group

    def protections(self) -> dict[str, Protection]:
        """What is in force, for the status."""
        group = f"control group, version {self.version}"
        watched = Protection(Force.WEAKER, "watched by the warden every 0.2 s: no control group can be written")
        nice = Protection(Force.WEAKER, "nice 5: no control group can be written")
        return {
            "memory": Protection(Force.FULL, group) if "memory" in self.parents else watched,
            "processes": Protection(Force.FULL, f"{group}, {PROCESSES}") if "pids" in self.parents else watched,
            "processor": Protection(Force.FULL, f"{group}, a small share") if "cpu" in self.parents else nice,
        }


def find(root: Path = ROOT, own: Path = Path("/proc/self/cgroup")) -> Cgroups:
    """Look for groups that can be written; removes those that a killed warden left."""
    lines = own.read_text().splitlines() if own.exists() else []
    places = {name: path for _, names, path in (line.split(":", 2) for line in lines) for name in names.split(",")}
    found = _version_2(root, places.get("", "/")) or _version_1(root, places)
    for parent in set(found.parents.values()):
        for left in parent.glob(f"{PREFIX}*"):
            pid = re.match(rf"{PREFIX}(\d+)", left.name)
            if pid and not Path(f"/proc/{pid[1]}").exists():
                with contextlib.suppress(OSError):
                    left.rmdir()
    return found


def _version_2(root: Path, own: str) -> Cgroups | None:
    """The unified hierarchy: a group with processes cannot have groups with controllers, so the warden steps aside first."""
    home = root / own.strip("/")
    if not (root / "cgroup.controllers").exists() or not os.access(home, os.W_OK):
        return None
    try:
        if not set(CONTROLLERS) <= set((home / "cgroup.controllers").read_text().split()):
            return None
        if home != root:
            aside = home / f"{PREFIX}{os.getpid()}-warden"
            aside.mkdir(exist_ok=True)
            (aside / "cgroup.procs").write_text(str(os.getpid()))
        (home / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in CONTROLLERS))
    except OSError:
        return None
    return Cgroups(dict.fromkeys(CONTROLLERS, home), 2)


def _version_1(root: Path, places: dict[str, str]) -> Cgroups:
    """One hierarchy a controller; each that can be written is used."""
    parents = {}
    for controller in CONTROLLERS:
        home = root / controller / places.get(controller, "/").strip("/")
        trial = home / f"{PREFIX}{os.getpid()}-trial"
        try:
            trial.mkdir()
            trial.rmdir()
        except OSError:
            continue
        parents[controller] = home
    return Cgroups(parents, 1)


def _write(file: Path, value: int) -> None:
    with contextlib.suppress(OSError):  # a bound that this kernel does not have
        file.write_text(str(value))


def _counter(file: Path, name: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in file.read_text().splitlines():
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
    return 0
