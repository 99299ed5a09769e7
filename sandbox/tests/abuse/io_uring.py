"""Sets up queues of system calls, which a filter would not see."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "io_uring"
REQUEST = attempt(
    {
        "io_uring_setup": (8, "room"),
        "io_uring_enter": (3, 1, 1, 0, 0),
        "io_uring_register": (3, 0, "room", 1),
        "io_setup": (8, "room"),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
