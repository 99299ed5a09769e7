"""Where links between things of the course lead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.urls import NoReverseMatch, reverse

from authoring.links import Link


def _page(name: str, *args: str) -> str | None:
    """The address of a page, or None while the site has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None


@dataclass(slots=True)
class Targets:
    """The link resolver of the course.

    A planned lesson is a target without a page, and so is a question of a pack: their links become plain text.
    """

    glossary: set[str] = field(default_factory=set)
    lessons: set[str] = field(default_factory=set)
    planned: set[str] = field(default_factory=set)
    labs: set[str] = field(default_factory=set)
    packs: set[str] = field(default_factory=set)

    def resolve(self, scheme: str, target: str) -> Link | None:
        """The link, or None when there is no such target."""
        if target not in self.targets(scheme):
            return None
        if scheme == "lesson":
            return Link(None if target in self.planned else _page("courseware:lesson", target))
        if scheme == "lab":
            return Link(_page("labs:lab", target))
        if scheme == "glossary":
            page = _page("courseware:glossary")
            return Link(page and f"{page}#{target}")
        return Link(None)

    def targets(self, scheme: str) -> Iterable[str]:
        """All targets of a scheme."""
        if scheme == "lesson":
            return self.lessons | self.planned
        return {"glossary": self.glossary, "lab": self.labs, "pack": self.packs}[scheme]
