"""Uses the kernel's keys, which processes of one user id share."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "keyring"
REQUEST = attempt(
    {
        "add_key": ("room", "room", "room", 4, -3),
        "request_key": ("room", "room", 0, -3),
        "keyctl": (0, -3, 1, 0, 0),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
