"""The end of a line of a `::: sequence`: which event of a recorded run it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from authoring.problems import Problems

_MOMENT = re.compile(
    r"(?P<kind>[a-z]+(?:-[a-z]+)*)(?P<match>(?:\s+[a-z_]+=[^\s=]+)*)(?:\s+#(?P<number>[1-9]\d?))?\Z"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """The event with this `number`, from 1, among those of a kind that have these values. `text` is as the
    author wrote it.
    """

    text: str
    kind: str
    match: tuple[tuple[str, str], ...]
    number: int


def read_moments(text: str, file: str, line: int, problems: Problems) -> tuple[Moment, ...]:
    """Read what follows the `@` of a line: `kind name=value #2`, or two of them with ` .. ` between."""
    found = []
    for part in text.split(" .. ") if text.strip() else ():
        match = _MOMENT.match(part.strip())
        if match is None:
            fix = "write @ task-started name=book_sale #2, or two of them with .. between"
            problems.add(file, line, f"this isn't a moment: {part.strip()[:60]}", fix)
            continue
        values = tuple(
            (name, value) for name, _, value in (word.partition("=") for word in match["match"].split())
        )
        found.append(Moment(part.strip(), match["kind"], values, int(match["number"] or 1)))
    return tuple(found)
