"""Mounts, by the old system calls and by the new ones."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "mount"
REQUEST = attempt(
    {
        "mount": ("room", "room", "room", 0, 0),
        "mount bind": ("room", "room", 0, 4096, 0),
        "umount2": ("room", 2),
        "pivot_root": ("room", "room"),
        "chroot": ("room",),
        "open_tree": (-100, "room", 1),
        "move_mount": (3, "room", 4, "room", 4),
        "fsopen": ("room", 0),
        "fsmount": (3, 0, 0),
        "mount_setattr": (-100, "room", 0, "room", 32),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
