"""Where jails stand: which user they run as, by which paths they reach what they need, where their files lie.

An unprivileged warden runs its jails as itself, with sized tmpfs mounts that bubblewrap makes. A warden that is root
makes a private mount namespace, in which it binds interpreter and packages to a place that everybody may enter (they may
lie under a home folder of mode 700), gives each jail a user id of its own, and mounts each jail's files with a bound on
inodes. Nothing of it can be seen outside the warden, and the kernel takes it away with the warden.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.warden.environments import Environment

FIRST_UID, UIDS = 64200, 200
DISK, INODES = 96 << 20, 12_000
PARTS = {"lab": 0o755, "tmp": 0o1777, "shm": 0o1777, "run": 0o755}
_NEW_MOUNTS, _SLAVE, _RECURSIVE, _BIND, _NOSUID, _NODEV, _DETACH = 0x20000, 1 << 19, 0x4000, 0x1000, 2, 4, 2
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Ground:
    """`bwraps` are the bubblewraps to try, `private` is the mount point of a root warden, None for an unprivileged one."""

    bwraps: list[Path]
    code: Path
    environments: dict[str, Environment]
    private: Path | None = None
    is_root: bool = False
    sentence: str = ""
    _uids: list[int] = field(default_factory=lambda: list(range(FIRST_UID, FIRST_UID + UIDS)))

    def take_uid(self) -> int | None:
        """A user id that no other jail of this warden has, None for an unprivileged warden."""
        return self._uids.pop(0) if self.is_root else None

    def give_uid(self, uid: int | None) -> None:
        """The jail has gone; its id goes to the end of the line."""
        if uid is not None:
            self._uids.append(uid)

    def make_volume(self, number: int, uid: int | None) -> Path | None:
        """A jail's writable files, bounded in bytes and inodes; None for an unprivileged warden."""
        if self.private is None or uid is None:
            return None
        volume = self.private / "volumes" / str(number)
        volume.mkdir(parents=True)
        mount("tmpfs", volume, "tmpfs", _NOSUID | _NODEV, f"size={DISK},nr_inodes={INODES},mode=0755")
        for name, mode in PARTS.items():
            (volume / name).mkdir()
            os.chown(volume / name, uid, uid)
            (volume / name).chmod(mode)
        return volume

    def drop_volume(self, volume: Path | None) -> None:
        """The jail has gone, its files with it."""
        if volume is not None:
            _libc.umount2(str(volume).encode(), _DETACH)
            with contextlib.suppress(OSError):
                volume.rmdir()


def lay(bwraps: list[Path], code: Path, environments: dict[str, Environment], keep_visible: Iterable[Path]) -> Ground:
    """The ground for this process: root's private one where we are root, else the plain one.

    `keep_visible` are paths that the warden itself needs afterwards; the private mount covers none of them. A root that
    may not mount (in a container) stands on the plain ground, and the ground's `sentence` says so.
    """
    if os.getuid() != 0:
        return Ground(bwraps, code, environments)
    needed = [*bwraps, code, *keep_visible, *(env.packages for env in environments.values())]
    needed += [env.base for env in environments.values() if env.base]
    try:
        _check(_libc.unshare(_NEW_MOUNTS), "unshare")
        mount("none", Path("/"), "", _SLAVE | _RECURSIVE)
        private = _place(needed)
        mount("tmpfs", private, "tmpfs", _NOSUID | _NODEV, "size=4m,nr_inodes=4096,mode=0755")
    except OSError as error:
        return Ground(
            bwraps, code, environments, is_root=True, sentence=f"no private mounts ({error.strerror or error})"
        )
    moved = {}
    for name, env in environments.items():
        base = _bind(env.base, private / f"python-{name}") if env.base else None
        moved[name] = env.moved(base, _bind(env.packages, private / f"packages-{name}"))
    reached = [
        path if Path("/usr") in path.parents else _bind_bwrap(path, private / f"bwrap-{number}")
        for number, path in enumerate(bwraps)
    ]
    return Ground(reached, _bind(code, private / "code"), moved, private, is_root=True)


def _bind_bwrap(bwrap: Path, place: Path) -> Path:
    """The wheel's program finds its libraries beside its own package folder: bind both as neighbours."""
    package = bwrap.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    if not libraries.is_dir():
        return _bind(bwrap.parent, place) / bwrap.name
    _bind(libraries, place / libraries.name)
    return _bind(package, place / package.name) / bwrap.relative_to(package)


def _bind(source: Path, target: Path) -> Path:
    target.mkdir(parents=True)
    mount(str(source), target, "", _BIND | _RECURSIVE)
    return target


def _place(needed: list[Path]) -> Path:
    """An existing folder that nothing needed lies beneath."""
    for name in ("/mnt", "/media", "/srv", "/opt", "/home", "/var/tmp"):  # noqa: S108 (a mount point in our own namespace)
        place = Path(name)
        if (
            place.is_dir()
            and not place.is_symlink()
            and not any(place in path.parents or place == path for path in needed)
        ):
            return place
    raise OSError("no folder to mount on: make an empty /mnt")


def mount(source: str, target: Path, kind: str, flags: int, options: str = "") -> None:
    """mount(2). Raises `OSError`."""
    words = (source.encode(), str(target).encode(), kind.encode() or None, flags, options.encode() or None)
    _check(_libc.mount(*words), f"mount on {target}")


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
