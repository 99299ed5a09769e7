"""The order of the course's lessons, by which labs are listed."""

from __future__ import annotations

import tomllib
from pathlib import Path


def places_of_lessons(content: Path) -> dict[str, int]:
    """Slug -> place of its lesson, from 1. `courseware` reports what is wrong in course.toml."""
    try:
        modules = tomllib.loads((content / "course.toml").read_text()).get("module", [])
        slugs = [str(slug) for module in modules for slug in module.get("lessons", [])]
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
    return {slug: place for place, slug in enumerate(slugs, 1)}
