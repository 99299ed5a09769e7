"""Reads and writes other processes' memory by system call."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "process_vm"
REQUEST = attempt(
    {
        "process_vm_readv": ("parent", "room", 1, "room", 1, 0),
        "process_vm_writev": ("parent", "room", 1, "room", 1, 0),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
