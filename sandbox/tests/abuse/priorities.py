"""Asks for a higher priority than the jail has."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "priorities"
REQUEST = attempt(
    {
        "sched_setscheduler": (0, 1, "room"),
        "sched_setattr": (0, "room", 0),
        "sched_setparam": (0, "room"),
        "ioprio_set": (1, 0, 0),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
