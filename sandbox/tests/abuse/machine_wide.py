"""Changes clocks, names, swap and the kernel's log, which belong to the whole machine."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "machine-wide settings"
REQUEST = attempt(
    {
        "clock_settime": (0, "room"),
        "settimeofday": ("room", 0),
        "adjtimex": ("room",),
        "sethostname": ("room", 4),
        "setdomainname": ("room", 4),
        "swapon": ("room", 0),
        "reboot": (-18751827, 672274793, 0, 0),
        "syslog": (3, "room", 100),
        "acct": ("room",),
        "quotactl": (0, "room", 0, "room"),
        "personality": (262144,),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
