"""The lab's folder inside the jail."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FOLDER = Path("/lab")


def write_files(files: Mapping[str, str]) -> None:
    """Write the lab's files. The warden has checked the names: plain, or one folder deep."""
    for name, text in files.items():
        place = FOLDER / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", errors="replace")
