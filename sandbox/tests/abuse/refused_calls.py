"""Makes every system call of the filter's table, without meaningful arguments."""

from sandbox.seccomp import DENIED
from sandbox.tests.abuse.syscalls import ALLOWED_CALL, attempt

FAMILY = "every refused system call"
REQUEST = attempt(dict.fromkeys(DENIED, (0, 0, 0, 0, 0, 0)))
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    said = dict(seen.found["said"])
    assert said.pop(ALLOWED_CALL) == "allowed"
    assert len(said) > 100
    assert set(said.values()) == {"EPERM"}, said
