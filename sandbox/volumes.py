"""The file systems that a run can write to, and how many files it may make.

The supervisor checks them in the jail, where nothing else is mounted. The warden checks them from outside,
because a run may have stopped its supervisor.
"""

from __future__ import annotations

import os

VOLUMES = ("/lab", "/tmp", "/dev/shm", "/run")  # noqa: S108 (the jail's own)
INODES = 20_000
TOO_MANY_FILES = "The run made too many files."


def too_many_files(found: os.statvfs_result) -> bool:
    """Is a file system out of inodes, or does it use more of them than a run may?"""
    return bool(found.f_files) and (not found.f_ffree or found.f_files - found.f_ffree > INODES)
