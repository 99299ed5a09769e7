"""A small course with two lessons, a quiz and a lab."""

from __future__ import annotations

import shutil
from pathlib import Path

from authoring.problems import Problems
from courseware.loading import content_folder

HERE = Path(__file__).parent
CONTENT = HERE / "content"


def copy_to(folder: Path) -> Path:
    """A copy of the content that a test may change."""
    return Path(shutil.copytree(CONTENT, folder / "content"))


def problems_of(folder: Path) -> list[str]:
    """All problems of a folder, as lines in the order of reading."""
    problems = Problems()
    content_folder.read(folder, problems)
    return [str(problem) for problem in sorted(problems)]


def load(folder: Path, fingerprint: str = "x") -> content_folder.Content:
    """Read and save a folder that has no problems."""
    problems = Problems()
    content = content_folder.read(folder, problems)
    assert problems == []
    content_folder.save(content, fingerprint)
    return content
