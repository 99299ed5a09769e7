"""What the tests of the zygote share: wardens as each user, and their nurseries."""

from __future__ import annotations

import contextlib
import os
import pwd
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sandbox.tests.abuse.harness import needed
from sandbox.tests.abuse.watch import children, is_nursery
from sandbox.tests.client import WardenProcess, running_warden

PATCHED = """
import sandbox.warden.jails.nursery as nursery
import sandbox.warden.nurseries as nurseries
import sandbox.warden.pool as pool
{change}
from sandbox.warden.__main__ import main
main()
"""
FORKED = "jails are forked from a warm interpreter"


@contextlib.contextmanager
def warden_as(
    user: str,
    folder: Path,
    *extra: str,
    change: str = "",
    pool: int = 1,
    prefix: tuple[str, ...] = (),
) -> Iterator[WardenProcess]:
    """A warden that runs as this user. `change` is Python that sets constants of the warden first."""
    if os.getuid() == 0 and user != "root":
        uid = pwd.getpwnam(user).pw_uid
        os.chown(folder, uid, -1)
        prefix += (sys.executable, "-s", "-m", "sandbox.tests.abuse.as_user", str(uid), *needed(), "--")
    program = ("-c", PATCHED.format(change=change)) if change else ("-m", "sandbox.warden")
    with running_warden(folder, *extra, prefix=prefix, program=program, pool=pool) as warden:
        yield warden


def nurseries(warden: WardenProcess) -> list[int]:
    """The bubblewraps of a warden's nurseries."""
    return [pid for pid in children(warden.process.pid) if is_nursery(pid)]


def zygote(warden: WardenProcess) -> int:
    """The zygote of a warden with one warm nursery."""
    (nursery,) = nurseries(warden)
    (found,) = children(nursery)
    return found


def wait_for_another(warden: WardenProcess, gone: int, seconds: float = 60.0) -> int:
    """The zygote of the warden as soon as it is not this one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(ValueError):  # none, or one beside its successor
            if (found := zygote(warden)) != gone:
                return found
        time.sleep(0.05)
    raise AssertionError(f"no other zygote: {warden.status()} {warden.errors.read_text()}")


def supervisors(warden: WardenProcess) -> list[int]:
    """The supervisors of a warden's jails: in each jail, the Python program that process 1 has adopted."""
    found = []
    for bwrap in children(warden.process.pid):
        for process_1 in children(bwrap) if not is_nursery(bwrap) else []:
            found += [pid for pid in children(process_1) if b"python" in command(pid)]
    return found


def command(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
