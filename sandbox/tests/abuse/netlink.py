"""Opens netlink and packet sockets."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "netlink"
REQUEST = attempt(
    {
        "socket netlink": (16, 3, 0),
        "socket audit": (16, 3, 9),
        "socket packet": (17, 3, 768),
        "socket key": (15, 3, 2),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
