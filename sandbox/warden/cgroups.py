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
    """Where groups can be made: the parent folder of each controller. Empty when none can be written, `why` says why."""

    parents: dict[str, Path]
    version: int
    why: str = ""

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
            "processes": Protection(Force.FULL, f"{group}, {PROCESSES}") if "pids" in self.parents else watched,
            "processor": Protection(Force.FULL, f"{group}, a small share") if "cpu" in self.parents else nice,
        }


def find(
    root: Path = ROOT, own: Path = Path("/proc/self/cgroup"), controllers: tuple[str, ...] = CONTROLLERS
) -> Cgroups:
    """Look for groups that can be written; removes those that a killed warden left."""
    lines = own.read_text().splitlines() if own.exists() else []
    places = {name: path for _, names, path in (line.split(":", 2) for line in lines) for name in names.split(",")}
    try:
        found = _version_2(root, places.get("", "/"), controllers)
    except Unusable as error:
        found = _version_1(root, places, str(error))
    for parent in set(found.parents.values()):
        for left in parent.glob(f"{PREFIX}*"):
            pid = re.match(rf"{PREFIX}(\d+)", left.name)
            if pid and not Path(f"/proc/{pid[1]}").exists():
                with contextlib.suppress(OSError):
                    left.rmdir()
    return found


class Unusable(Exception):
    """No group of version 2 can be made here; the words say why."""


def _version_2(root: Path, own: str, controllers: tuple[str, ...]) -> Cgroups:
    """The unified hierarchy, which lets a group have processes or groups with controllers, not both."""
    home = root / own.strip("/")
    if home.name.startswith(PREFIX):
        home = home.parent  # an earlier warden moved what started this one aside
    if not (root / "cgroup.controllers").exists() or not os.access(home, os.W_OK):
        raise Unusable("no control group can be written")
    if lacking := set(controllers) - set((home / "cgroup.controllers").read_text().split()):
        raise Unusable(f"its control group has no {' and no '.join(sorted(lacking))}")
    try:
        _step_aside(home)
        (home / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in controllers))
    except OSError as error:
        with contextlib.suppress(OSError):
            (home / "cgroup.procs").write_text(str(os.getpid()))
            _aside(home).rmdir()
        raise Unusable("its control group holds other programs") from error
    return Cgroups(dict.fromkeys(controllers, home), 2)


def _step_aside(home: Path) -> None:
    """Move this process out of `home` into a group below it; where systemd gave us the group, all the others too."""
    if not (home / "cgroup.type").exists():
        return  # the machine's outermost group, which may have both
    aside = _aside(home)
    for _ in range(10):  # what starts meanwhile starts in the old place
        inside = [int(pid) for pid in (home / "cgroup.procs").read_text().split()]
        moving = inside if _is_delegated(home) else [pid for pid in inside if pid == os.getpid()]
        if not moving:
            return
        aside.mkdir(exist_ok=True)
        for pid in moving:
            with contextlib.suppress(ProcessLookupError):
                (aside / "cgroup.procs").write_text(str(pid))


def _aside(home: Path) -> Path:
    return home / f"{PREFIX}{os.getpid()}-warden"


def _is_delegated(group: Path) -> bool:
    """Did systemd start this group with `Delegate=yes`, so that its inside is ours to arrange?"""
    for name in ("user.delegate", "trusted.delegate"):
        with contextlib.suppress(OSError):
            return os.getxattr(group, name) == b"1"
    return False


def _version_1(root: Path, places: dict[str, str], otherwise: str) -> Cgroups:
    """One hierarchy a controller; each that can be written is used. `otherwise` says why version 2 is not."""
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
    return Cgroups(parents, 1, otherwise)


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
