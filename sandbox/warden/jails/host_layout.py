"""The host's side of jails: their user ids, the paths of what they need, and the mounts for their files.

An unprivileged warden runs jails as its own user; bubblewrap mounts a tmpfs of bounded size for each folder.
A root warden does more, in a mount namespace of its own: it binds interpreter and packages to a path that
every user can reach (they may be under a home folder of mode 700), gives each jail a user id of its own, and
mounts each jail's files with a bound on bytes and inodes. No other process sees these mounts, and the kernel
removes them when the warden ends.
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
FOLDERS = {"lab": 0o755, "tmp": 0o1777, "shm": 0o1777, "run": 0o755}
_NEW_MOUNTS, _SLAVE, _RECURSIVE, _BIND, _NOSUID, _NODEV, _DETACH = 0x20000, 1 << 19, 0x4000, 0x1000, 2, 4, 2
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class HostLayout:
    """`bwraps` are the bubblewraps to try. `private` is a root warden's mount point, None for an unprivileged
    warden. `sentence` says why a root warden has none.
    """

    bwraps: list[Path]
    code: Path
    environments: dict[str, Environment]
    private: Path | None = None
    is_root: bool = False
    sentence: str = ""
    _uids: list[int] = field(default_factory=lambda: list(range(FIRST_UID, FIRST_UID + UIDS)))

    def reserve_uid(self) -> int | None:
        """A user id that no other jail of this warden has; None for an unprivileged warden. Raises
        `OSError`.
        """
        if not self.is_root:
            return None
        if not self._uids:
            raise OSError(0, f"all {UIDS} user ids are in use")
        return self._uids.pop(0)

    def release_uid(self, uid: int | None) -> None:
        """Return the id of a jail that has ended; all other ids are used before it is used again."""
        if uid is not None:
            self._uids.append(uid)

    def make_volume(self, number: int, uid: int | None) -> Path | None:
        """Mount a jail's writable files, bounded in bytes and inodes; None for an unprivileged warden."""
        if self.private is None or uid is None:
            return None
        volume = self.private / "volumes" / str(number)
        volume.mkdir(parents=True)
        # One tmpfs for all four folders, so that they share the bounds.
        mount("tmpfs", volume, "tmpfs", _NOSUID | _NODEV, f"size={DISK},nr_inodes={INODES},mode=0755")
        for name, mode in FOLDERS.items():
            (volume / name).mkdir()
            os.chown(volume / name, uid, uid)
            (volume / name).chmod(mode)
        return volume

    def remove_volume(self, volume: Path | None) -> None:
        """Unmount the files of a jail that has ended."""
        if volume is not None:
            # Detached, because a process that is still ending may keep the mount busy.
            _libc.umount2(str(volume).encode(), _DETACH)
            with contextlib.suppress(OSError):
                volume.rmdir()


def prepare(
    bwraps: list[Path], code: Path, environments: dict[str, Environment], keep_visible: Iterable[Path]
) -> HostLayout:
    """The layout for this process. Changes the mount namespace of a root warden.

    `keep_visible` are paths that the warden needs afterwards; the private mount covers none of them. A root
    warden that may not mount (in a container) gets the layout of an unprivileged one.
    """
    if os.getuid() != 0:
        return HostLayout(bwraps, code, environments)
    needed = [*bwraps, code, *keep_visible, *(env.packages for env in environments.values())]
    needed += [env.base for env in environments.values() if env.base]
    try:
        _check(_libc.unshare(_NEW_MOUNTS), "unshare")
        # Slave: mounts of the host still appear here, and mounts made here do not appear on the host.
        mount("none", Path("/"), "", _SLAVE | _RECURSIVE)
        private = _place(needed)
        mount("tmpfs", private, "tmpfs", _NOSUID | _NODEV, "size=4m,nr_inodes=4096,mode=0755")
    except OSError as error:
        sentence = f"no private mounts ({error.strerror or error})"
        return HostLayout(bwraps, code, environments, is_root=True, sentence=sentence)
    moved = {}
    for name, env in environments.items():
        base = _bind(env.base, private / f"python-{name}") if env.base else None
        moved[name] = env.moved(base, _bind(env.packages, private / f"packages-{name}"))
    visible = [
        path if Path("/usr") in path.parents else _bind_bwrap(path, private / f"bwrap-{number}")
        for number, path in enumerate(bwraps)
    ]
    return HostLayout(visible, _bind(code, private / "code"), moved, private, is_root=True)


def _bind_bwrap(bwrap: Path, place: Path) -> Path:
    """Bind bubblewrap. The wheel's program looks for its libraries beside its package folder, so both are
    bound.
    """
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
    """An existing folder that contains nothing that is needed. Raises `OSError`."""
    for name in ("/mnt", "/media", "/srv", "/opt", "/home", "/var/tmp"):  # noqa: S108 (a mount point in our own namespace)
        place = Path(name)
        covers = any(place in path.parents or place == path for path in needed)
        if place.is_dir() and not place.is_symlink() and not covers:
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
