"""Opens sockets to the machine's host, and sockets of other families."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "AF_VSOCK"
REQUEST = attempt(
    {
        "socket vsock": (40, 1, 0),
        "socket alg": (38, 5, 0),
        "socket bluetooth": (31, 3, 0),
        "socket can": (29, 3, 1),
        "socket tipc": (30, 1, 0),
        "socket xdp": (44, 3, 0),
        "socket rds": (21, 5, 0),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
