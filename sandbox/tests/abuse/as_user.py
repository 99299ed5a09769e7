"""`python -m sandbox.tests.abuse.as_user UID PATH… -- WORDS…`: run a command as an unprivileged user who can
reach the paths.

An interpreter or a repository under a home folder of mode 700 cannot be entered by another user. In a mount
namespace of our own, each such folder is covered by an empty one that everybody may enter, and only what is
needed is put back in its place. Nothing of it can be seen outside; it ends with the command.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sandbox.warden.jails.host_layout import mount
from sandbox.warden.probe import drop_to

BIND, RECURSIVE, SLAVE, NEW_MOUNTS = 0x1000, 0x4000, 1 << 19, 0x20000


def closed_folder(path: Path) -> Path | None:
    """The topmost folder of `path` that other users may not enter; None when they may enter all."""
    return next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & 0o001), None)


def open_ways(paths: list[Path]) -> None:
    """Make the paths reachable for every user, in a mount namespace of this process. Needs root."""
    if os_unshare(NEW_MOUNTS):
        raise OSError("no mount namespace could be made")
    mount("none", Path("/"), "", SLAVE | RECURSIVE)
    behind: dict[Path, list[tuple[Path, int]]] = {}
    for path in sorted(set(paths)):
        if closed := closed_folder(path):
            behind.setdefault(closed, []).append((path, os.open(path, os.O_PATH)))
    for closed, needed in behind.items():
        mount("tmpfs", closed, "tmpfs", 0, "size=1m,mode=0755")
        for path, descriptor in needed:
            path.mkdir(parents=True, exist_ok=True)
            mount(f"/proc/self/fd/{descriptor}", path, "", BIND | RECURSIVE)
            os.close(descriptor)


def os_unshare(flags: int) -> int:
    """unshare(2), which this version of Python may not have."""
    import ctypes  # only this one call needs it

    return int(ctypes.CDLL(None, use_errno=True).unshare(flags))


def main() -> None:
    """Never returns."""
    uid, rest = int(sys.argv[1]), sys.argv[2:]
    place = rest.index("--")
    folder = Path.cwd()
    open_ways([Path(name) for name in rest[:place]])
    os.chdir(folder)
    drop_to(uid)
    os.execv(rest[place + 1], rest[place + 1 :])


if __name__ == "__main__":
    main()
