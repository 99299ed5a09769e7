"""Reads TOML tables and checks them: a reader asks for each key once, and a key that nobody asks for is a
problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from authoring.problems import Problems, nearest

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
NO_KEY = "\0"
"""Asks for the line where a table begins: the same name may be set in the next table."""
SLUG_FIX = "use small letters, digits and single hyphens"


class Fields:
    """One table of a file. `line_of` gives the line where a key is set, or the first line of the table if the
    key is not set.
    """

    def __init__(
        self, table: dict[str, Any], file: str, problems: Problems, line_of: Callable[[str], int]
    ) -> None:
        self.table = table
        self.file = file
        self.problems = problems
        self.line_of = line_of
        self.asked: set[str] = set()

    def _take(self, key: str, *, required: bool, fix: str) -> Any:
        self.asked.add(key)
        if key not in self.table and required:
            self.problems.add(self.file, self.line_of(NO_KEY), f'"{key}" is missing', fix)
        return self.table.get(key)

    def refuse(self, key: str, what: str, fix: str) -> None:
        """Note a problem on this key."""
        self.problems.add(self.file, self.line_of(key), what, fix)

    def text(self, key: str, *, longest: int = 200, required: bool = True, among: Iterable[str] = ()) -> str:
        """The text of this key, at most `longest` characters; "" if the key is missing or its value is
        refused. Where it is one of a few words, `among` are these: they are the fix.
        """
        allowed = [f'"{word}"' for word in among]
        fix = f'write {key} = "..." with at most {longest} characters'
        if allowed:
            fix = f"write {key} = " + " or ".join(filter(None, (", ".join(allowed[:-1]), allowed[-1])))
        value = self._take(key, required=required, fix=fix)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            self.refuse(key, f'"{key}" is not a text of 1 to {longest} characters', fix)
            return ""
        return value.strip()

    def slug(self, key: str, *, required: bool = True) -> str:
        """The slug of this key; "" if the key is missing or its value is refused."""
        value = self.text(key, longest=50, required=required)
        if value and not SLUG.match(value):
            self.refuse(key, f'"{key}" is not a slug: {value}', SLUG_FIX)
            return ""
        return value

    def whole(self, key: str, *, low: int, high: int, required: bool = True, default: int = 0) -> int:
        """The whole number of this key, from `low` to `high`; `default` if the key is missing or refused."""
        fix = f"write {key} = a whole number from {low} to {high}"
        value = self._take(key, required=required, fix=fix)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(key, f'"{key}" is not a whole number from {low} to {high}', fix)
            return default
        return value

    def texts(self, key: str, *, fewest: int = 1, most: int = 12, required: bool = True) -> list[str]:
        """A list of texts, none of them empty."""
        fix = f'write {key} = ["...", "..."] with {fewest} to {most} texts'
        value = self._take(key, required=required, fix=fix)
        if value is None:
            return []
        good = isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value)
        if not good or not fewest <= len(value) <= most:
            self.refuse(key, f'"{key}" is not a list of {fewest} to {most} texts', fix)
            return []
        return [item.strip() for item in value]

    def tables(self, key: str, *, required: bool = False) -> list[dict[str, Any]]:
        """A list of tables."""
        fix = f"write {key} as a list of tables"
        value = self._take(key, required=required, fix=fix)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.refuse(key, f'"{key}" is not a list of tables', fix)
            return []
        return value

    def done(self) -> None:
        """Report each key that no reader has asked for. It is probably misspelt, and would otherwise be
        ignored.
        """
        for key in self.table:
            if key not in self.asked:
                self.refuse(key, f'"{key}" is not a key here', nearest(key, self.asked))
