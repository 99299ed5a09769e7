"""Loads programs into the kernel."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "bpf"
REQUEST = attempt(
    {
        "bpf map": (0, "room", 72),
        "bpf load": (5, "room", 72),
        "seccomp": (1, 0, "room"),
        "userfaultfd": (0,),
        "init_module": ("room", 8, "room"),
        "finit_module": (3, "room", 0),
        "kexec_load": (0, 0, "room", 0),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
