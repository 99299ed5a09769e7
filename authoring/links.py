"""Links between things that authors write: `glossary:`, `lesson:`, `lab:`, `pack:`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

SCHEMES = ("glossary", "lesson", "lab", "pack")
NAMES = {"glossary": "glossary term", "lesson": "lesson", "lab": "lab", "pack": "interview question"}
_OURS = re.compile(rf"({'|'.join(SCHEMES)}):(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Link:
    """Where a target is. `url` is None for what is known and has no page: the link becomes plain text."""

    url: str | None
    title: str = ""


class LinkResolver(Protocol):
    """Knows every target that authors may link to."""

    def resolve(self, scheme: str, target: str) -> Link | None:
        """The link, or None when there is no such target. `scheme` is one of SCHEMES."""

    def targets(self, scheme: str) -> Iterable[str]:
        """All targets of a scheme, to suggest one that was meant."""


class NoLinks:
    """Resolves nothing: for texts that must not link into the course."""

    def resolve(self, scheme: str, target: str) -> Link | None:
        return None

    def targets(self, scheme: str) -> Iterable[str]:
        return ()


@dataclass(frozen=True, slots=True)
class Reference:
    """One link of ours as written in a text; `line` is the first line of the file that has it."""

    scheme: str
    target: str
    line: int


def ours(href: str) -> tuple[str, str] | None:
    """Take a link of ours apart: (scheme, target); None for any other."""
    match = _OURS.match(href)
    return (match[1], match[2]) if match else None


def is_external(href: str) -> bool:
    """Whether the link leaves the site over http or https."""
    return href.startswith(("https://", "http://"))
