"""Files of the content folder that could not be read. The file has a problem of its own; that other files
name it is none, so what it would have held counts as there.
"""

from __future__ import annotations

import re
from pathlib import Path

from authoring.text_files import is_leftover

_NUMBER = re.compile(r"[\d\s_.-]*")
_NO_SLUG = re.compile(r"[^a-z0-9]+")


def _stems(folder: Path) -> list[str]:
    return [path.stem for path in sorted(folder.glob("*.md")) if not is_leftover(path.name)]


def _slug(stem: str) -> str:
    """The slug that a lesson's file is meant to have, whatever its name looks like."""
    name = stem.lower()
    return _NO_SLUG.sub("-", name[len((_NUMBER.match(name) or [""])[0]) :]).strip("-")


def lessons(folder: Path, read: set[str]) -> set[str]:
    """The slugs of lessons whose file is there and was not read: its bytes or its name are wrong."""
    return {_slug(stem) for stem in _stems(folder / "lessons")} - {*read, ""}


def quizzes(folder: Path, read: set[str]) -> set[str]:
    """The slugs of quizzes whose file is there and was not read."""
    return set(_stems(folder / "quizzes")) - read


def schemes(folder: Path, glossary: bool, packs: set[str]) -> frozenset[str]:
    """The schemes of links whose targets are not all known. `glossary` says whether the glossary was read;
    `packs` are the files of the packs that were.
    """
    missing = {f"packs/{stem}.md" for stem in _stems(folder / "packs")} - packs
    return frozenset(({"pack"} if missing else set()) | (set() if glossary else {"glossary"}))
