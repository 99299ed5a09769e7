"""Makes namespaces within the jail, in which it would be root."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "nested user namespaces"
REQUEST = attempt(
    {
        "unshare user": (268435456,),
        "unshare net": (1073741824,),
        "unshare mount": (131072,),
        "clone user": (268435473, 0, 0, 0, 0),
        "clone pid": (536870929, 0, 0, 0, 0),
        "clone mount": (131072 | 17, 0, 0, 0, 0),
        "clone net": (1073741824 | 17, 0, 0, 0, 0),
        "clone3": ("room", 64),
        "setns": (3, 0),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
