"""Checked reading of a TOML table: each key is asked for once, and what was not asked for is a problem."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from authoring.problems import Problems, nearest

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
NO_KEY = "\0"
"""Asks for the line where a table begins: the same name may be set in the next table."""
SLUG_MEND = "use small letters, digits and single hyphens"


class Fields:
    """One table of a file. `line_of` gives the line where a key is set, and for one that is not, where the table begins."""

    def __init__(self, table: dict[str, Any], file: str, problems: Problems, line_of: Callable[[str], int]) -> None:
        self.table = table
        self.file = file
        self.problems = problems
        self.line_of = line_of
        self.asked: set[str] = set()

    def _take(self, key: str, *, required: bool, mend: str) -> Any:
        self.asked.add(key)
        if key not in self.table and required:
            self.problems.add(self.file, self.line_of(NO_KEY), f'"{key}" is missing', mend)
        return self.table.get(key)

    def refuse(self, key: str, what: str, mend: str) -> None:
        """Note a problem on this key."""
        self.problems.add(self.file, self.line_of(key), what, mend)

    def text(self, key: str, *, longest: int = 200, required: bool = True) -> str:
        """A text that is not empty, at most `longest` characters; "" where there is none."""
        mend = f'write {key} = "..." with at most {longest} characters'
        value = self._take(key, required=required, mend=mend)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            self.refuse(key, f'"{key}" is not a text of 1 to {longest} characters', mend)
            return ""
        return value.strip()

    def slug(self, key: str, *, required: bool = True) -> str:
        """A slug; "" where there is none."""
        value = self.text(key, longest=50, required=required)
        if value and not SLUG.match(value):
            self.refuse(key, f'"{key}" is not a slug: {value}', SLUG_MEND)
            return ""
        return value

    def whole(self, key: str, *, low: int, high: int, required: bool = True, default: int = 0) -> int:
        """A whole number between two bounds, both allowed."""
        mend = f"write {key} = a whole number from {low} to {high}"
        value = self._take(key, required=required, mend=mend)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(key, f'"{key}" is not a whole number from {low} to {high}', mend)
            return default
        return value

    def texts(self, key: str, *, fewest: int = 1, most: int = 12, required: bool = True) -> list[str]:
        """A list of texts, none of them empty."""
        mend = f'write {key} = ["...", "..."] with {fewest} to {most} texts'
        value = self._take(key, required=required, mend=mend)
        if value is None:
            return []
        good = isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value)
        if not good or not fewest <= len(value) <= most:
            self.refuse(key, f'"{key}" is not a list of {fewest} to {most} texts', mend)
            return []
        return [item.strip() for item in value]

    def tables(self, key: str, *, required: bool = False) -> list[dict[str, Any]]:
        """A list of tables."""
        mend = f"write {key} as a list of tables"
        value = self._take(key, required=required, mend=mend)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.refuse(key, f'"{key}" is not a list of tables', mend)
            return []
        return value

    def done(self) -> None:
        """Every key that nobody asked for is a problem: a misspelt key would otherwise be lost in silence."""
        for key in self.table:
            if key not in self.asked:
                self.refuse(key, f'"{key}" is not a key here', nearest(key, self.asked))
