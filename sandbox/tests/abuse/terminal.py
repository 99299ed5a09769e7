"""Types into the terminal from which the warden was started."""

from sandbox.tests.abuse.syscalls import all_refused, attempt

FAMILY = "TIOCSTI"
REQUEST = attempt(
    {
        "ioctl sti": (0, 21522, "room"),
        "ioctl sti 1": (1, 21522, "room"),
        "ioctl linux": (0, 21532, "room"),
        "vhangup": (),
    }
)
ENDS = {"finished"}
SAYS = ""
contained = all_refused
