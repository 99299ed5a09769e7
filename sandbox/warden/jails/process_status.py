"""Facts of one process, as the kernel shows them in /proc/<pid>/status."""

from __future__ import annotations

from pathlib import Path


def facts(folder: Path) -> dict[str, str]:
    """What each line says, by its first word. `folder` is the process's folder in /proc. Raises `OSError`.

    The process chooses its name, which the file begins with: any bytes, of which the kernel escapes only the
    line feed and the backslash. Python's `splitlines` ends a line at ten characters, and a text file at two.
    With them, a name could forge a line.
    """
    text = (folder / "status").read_bytes().decode("utf-8", "replace")
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.split("\n"))}


def amount(known: dict[str, str], *names: str) -> int:
    """The sum of these numbers, without their units. One that is not there, as in a process that has ended,
    is 0.
    """
    return sum(int(known[name].split()[0]) for name in names if name in known)
