"""Opens files by handle, which ignores every path."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "file handles"
REQUEST = attempt(
    {
        "open_by_handle_at": (-100, "room", 0),
        "name_to_handle_at": (-100, "room", "room", "room", 0),
        "fanotify_init": (0, 0),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
