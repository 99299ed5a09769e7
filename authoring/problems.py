"""What is wrong in an author's file: where, what, and how to fix it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One thing to fix. `file` is relative to the content folder, `line` counts from 1."""

    file: str
    line: int
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}; {self.fix}"


class Problems(list[Problem]):
    """All that was found, in the order of finding; `sorted()` gives the order of reading."""

    def add(self, file: str, line: int, what: str, fix: str) -> None:
        """Note one problem; the same one is noted once."""
        problem = Problem(file, line, what, fix)
        if problem not in self:
            self.append(problem)


def nearest(word: str, known: Iterable[str]) -> str:
    """A fix for an unknown name: `did you mean "x"?`, or what there is.

    A name that begins with the word comes before names that only look like it: `celery` means
    `celery-worker`, not `scheduler`.
    """
    names = sorted(known)
    if begun := [name for name in names if len(word) > 1 and name.startswith(word)]:
        return f'did you mean "{begun[0]}"?'
    if close := difflib.get_close_matches(word, names, n=1):
        return f'did you mean "{close[0]}"?'
    if not names:
        return "there is none yet"
    shown = ", ".join(names[:8])
    return f"known: {shown}" + (f" and {len(names) - 8} more" if len(names) > 8 else "")
