"""The published course without its texts, read once in this process for each version of the content."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db.models import F
from django.urls import reverse

from authoring.content_version import current_version
from courseware.models import Lesson, Module
from labs.models import Lab


@dataclass(frozen=True, slots=True)
class LabFacts:
    """A published lab: `checks` are pairs of id and title."""

    pk: int
    slug: str
    title: str
    url: str
    checks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """Modules with their lessons, and labs by slug. All requests share one outline: do not change it.

    Its lessons lack `parts`, `sections` and `source`.
    """

    version: str
    modules: tuple[tuple[Module, tuple[Lesson, ...]], ...]
    labs: dict[str, LabFacts]

    @classmethod
    def read(cls, version: str = "") -> Outline:
        """From the database, in two queries."""
        lessons = Lesson.objects.published().without_texts().select_related("module")
        modules = groupby(lessons.order_by("module__number", "number"), key=lambda lesson: lesson.module)
        labs = Lab.objects.published().annotate(checks=F("revision__definition__checks"))
        facts = (_lab_facts(*row) for row in labs.values_list("pk", "slug", "title", "checks"))
        return cls(
            version,
            tuple((module, tuple(group)) for module, group in modules),
            {lab.slug: lab for lab in facts},
        )


def _lab_facts(pk: int, slug: str, title: str, checks: list[dict[str, Any]] | None) -> LabFacts:
    pairs = tuple((check["id"], check["title"]) for check in checks or ())
    return LabFacts(pk, slug, title, reverse("labs:lab", args=[slug]), pairs)


_last: list[Outline] = []


def current_outline() -> Outline:
    """The outline of the current version: one query, or three when this process has not read it yet.

    The version is read before the content. So an outline may be newer than its version says, which the next
    request corrects, and never older.
    """
    version = current_version()
    if not version or settings.DEBUG:
        return Outline.read(version)
    if not _last or _last[0].version != version:
        _last[:] = [Outline.read(version)]
    return _last[0]


def parts_of(lesson: Lesson, version: str) -> list[dict[str, Any]]:
    """The text of a lesson in parts (`Lesson.parts`), from Django's cache for each version of the content."""
    if not version or settings.DEBUG:
        return _read_parts(lesson)
    key = f"lesson-parts:{version}:{lesson.slug}"
    parts: list[dict[str, Any]] | None = caches["fragments"].get(key)
    if parts is None:
        parts = _read_parts(lesson)
        caches["fragments"].set(key, parts)
    return parts


def _read_parts(lesson: Lesson) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = Lesson.objects.values_list("parts", flat=True).get(pk=lesson.pk)
    return parts
