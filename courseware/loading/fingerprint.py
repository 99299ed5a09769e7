"""One hash of what a load depends on: the folder's files, and the code and libraries that read them."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

import authoring
from authoring.text_files import is_leftover

CODE = ("authoring", "courseware", "quizzes", "labs")
LIBRARIES = ("markdown", "pymdown-extensions", "pygments", "nh3")
SKIPPED = frozenset({"tests", "migrations", "__pycache__", "static", "templates"})


def _add(digest: hashlib._Hash, name: str, content: bytes) -> None:
    digest.update(f"{name}\0{len(content)}\0".encode())
    digest.update(content)


def content_files(folder: Path) -> list[Path]:
    """Every file of the folder in a stable order, without hidden files, leftovers of editors and caches."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(is_leftover(part) or part == "__pycache__" for part in path.relative_to(folder).parts)
    ]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        return repr(error).encode()  # the reader of the file reports it, with its name


def fingerprint(folder: Path) -> str:
    """SHA-256 in hex."""
    digest = hashlib.sha256()
    for path in content_files(folder):
        _add(digest, path.relative_to(folder).as_posix(), _content(path))
    root = Path(authoring.__file__).resolve().parent.parent
    for package in CODE:
        for path in sorted((root / package).rglob("*.py")):
            inside = path.relative_to(root)
            if not SKIPPED & set(inside.parts):
                _add(digest, inside.as_posix(), path.read_bytes())
    for library in LIBRARIES:
        _add(digest, library, version(library).encode())
    return digest.hexdigest()
