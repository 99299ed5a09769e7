"""One hash of all that decides what is loaded: the folder's files, and the code and libraries that read them."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

import authoring

CODE = ("authoring", "courseware", "quizzes", "labs")
LIBRARIES = ("markdown", "pymdown-extensions", "pygments", "nh3")
PASSED_OVER = frozenset({"tests", "migrations", "__pycache__", "static", "templates"})


def _add(digest: hashlib._Hash, name: str, content: bytes) -> None:
    digest.update(f"{name}\0{len(content)}\0".encode())
    digest.update(content)


def content_files(folder: Path) -> list[Path]:
    """Every file of the folder in a stable order; what begins with a dot, and Python's leavings, are passed over."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
    ]


def fingerprint(folder: Path) -> str:
    """SHA-256 in hex."""
    digest = hashlib.sha256()
    for path in content_files(folder):
        _add(digest, path.relative_to(folder).as_posix(), path.read_bytes())
    root = Path(authoring.__file__).resolve().parent.parent
    for room in CODE:
        for path in sorted((root / room).rglob("*.py")):
            inside = path.relative_to(root)
            if not PASSED_OVER & set(inside.parts):
                _add(digest, inside.as_posix(), path.read_bytes())
    for library in LIBRARIES:
        _add(digest, library, version(library).encode())
    return digest.hexdigest()
