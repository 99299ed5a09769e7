"""Attaches to other processes."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "ptrace"
REQUEST = attempt(
    {
        "ptrace attach": (16, "parent", 0, 0),
        "ptrace seize": (16902, "parent", 0, 0),
        "ptrace me": (0, 0, 0, 0),
        "kcmp": ("parent", 1, 0, 0, 0),
        "pidfd_getfd": (3, 0, 0),
        "perf_event_open": ("room", 0, -1, -1, 0),
        "process_madvise": (3, "room", 1, 4, 0),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
