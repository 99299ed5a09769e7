"""The targets of links inside the course."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.urls import reverse

from authoring.links import Link


@dataclass(slots=True)
class Targets:
    """The link resolver of the course.

    A planned lesson and a question of a pack are targets without a page: links to them become plain text.
    """

    glossary: set[str] = field(default_factory=set)
    lessons: set[str] = field(default_factory=set)
    planned: set[str] = field(default_factory=set)
    labs: set[str] = field(default_factory=set)
    packs: set[str] = field(default_factory=set)
    unread: frozenset[str] = frozenset()
    """Schemes of which a file could not be read: a link to something unknown is then no problem."""

    def resolve(self, scheme: str, target: str) -> Link | None:
        """The link, or None if there is no such target."""
        if target not in self.targets(scheme):
            return Link(None) if scheme in self.unread else None
        if scheme == "lesson":
            return Link(None if target in self.planned else reverse("courseware:lesson", args=[target]))
        if scheme == "lab":
            return Link(reverse("labs:lab", args=[target]))
        if scheme == "glossary":
            return Link(f"{reverse('courseware:glossary')}#{target}")
        return Link(None)

    def targets(self, scheme: str) -> Iterable[str]:
        """All targets of a scheme."""
        if scheme == "lesson":
            return self.lessons | self.planned
        return {"glossary": self.glossary, "lab": self.labs, "pack": self.packs}[scheme]
