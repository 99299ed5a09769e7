"""The descriptors that the warden sends to a zygote for one jail: their names and their order."""

from __future__ import annotations

SPACES = ("mnt", "net", "ipc", "uts", "cgroup", "user")
"""The namespaces in the order in which they are joined. The user's comes last, because joining it takes away
every right in the nursery, and gives rights in this one jail only.
"""
NAMES = ("pid", *SPACES, "control", "errors")
"""What the warden sends for a jail, in this order. What follows are files of its control groups."""
MOST_GROUPS = 4
