"""A lab's folder on this machine: which files decide a run, their digest, and its checks.

A runner asks here whether it has the revision to which a run is pinned.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from authoring.text_files import is_leftover
from labs.judging.evaluation import Checks, compiled

TOML, CHECKS, SOLUTION = "lab.toml", "checks.py", "solution"
BESIDE = {"README.md", "hints.md", "traces"}
"""Files in a lab's folder that do not change its runs."""

GRAMMAR = 1
"""Raise this when the same files make another definition than before, so that they get a new revision."""


def relevant(folder: Path) -> list[Path]:
    """The files that decide how a run goes and how it is judged, in order."""
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(is_leftover(part) or part == "__pycache__" for part in parts)
        if path.is_file() and not path.is_symlink() and parts[0] not in BESIDE and not hidden:
            found.append(path)
    return found


def digest_of(folder: Path) -> str:
    """SHA-256 in hex over names and contents of the relevant files."""
    contents = [(str(path.relative_to(folder)), path.read_bytes().hex()) for path in relevant(folder)]
    return hashlib.sha256(json.dumps([GRAMMAR, contents]).encode()).hexdigest()


@dataclass(frozen=True)
class Local:
    """What this machine has of a lab."""

    digest: str
    checks: Checks


_kept: dict[Path, tuple[tuple[tuple[str, int, int], ...], Local]] = {}


def local(slug: str) -> Local | None:
    """The lab in its folder now; None where the folder is missing or its checks.py cannot be imported. It is
    read again when a file has changed.
    """
    folder = Path(settings.CONTENT) / "labs" / slug
    state = tuple((str(p), (found := p.stat()).st_mtime_ns, found.st_size) for p in relevant(folder))
    if folder in _kept and _kept[folder][0] == state:
        return _kept[folder][1]
    try:
        checks = compiled((folder / CHECKS).read_text(encoding="utf-8-sig"), slug)
        _kept[folder] = (state, Local(digest_of(folder), checks))
    except Exception:
        return None
    return _kept[folder][1]


def has(slug: str, digest: str) -> bool:
    """Is the lab of this machine the one that a run is pinned to?"""
    found = local(slug)
    return found is not None and found.digest == digest
