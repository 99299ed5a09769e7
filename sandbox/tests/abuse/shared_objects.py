"""Uses shared memory and queues that no limit counts."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "SysV and POSIX shared objects"
REQUEST = attempt(
    {
        "shmget": (0, 1073741824, 950),
        "semget": (0, 32000, 950),
        "msgget": (0, 950),
        "mq_open": ("room", 66, 438, 0),
        "memfd_create": ("room", 0),
        "memfd_secret": (0,),
        "mlockall": (3,),
        "remap_file_pages": ("room", 4096, 0, 0, 0),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
