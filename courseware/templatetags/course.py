"""Filters for the course's pages."""

from __future__ import annotations

from typing import Any

from django import template

from courseware.models import Lesson
from sandbox.process_kinds import SYSTEMS

register = template.Library()


@register.filter
def two(number: int) -> str:
    """A lesson's number with two digits: 08."""
    return f"{number:02d}"


@register.filter
def systems(names: list[str]) -> str:
    """The libraries of a lesson, spelled as their makers do."""
    return ", ".join(SYSTEMS.get(name, name) for name in names)


@register.filter
def last_section(toc: list[dict[str, str]]) -> str:
    """The id of the last heading, or ""."""
    return toc[-1]["id"] if toc else ""


@register.simple_tag
def after_lab(slug: str) -> dict[str, Any]:
    """What follows the lab of this lesson: `known` (is the lesson published?), the slug of its `quiz`, and
    the `next` lesson with `slug` and `title`, or None.
    """
    lessons = list(Lesson.objects.published().order_by("number").values("slug", "title", "quiz"))
    place = next((place for place, lesson in enumerate(lessons) if lesson["slug"] == slug), None)
    if place is None:
        return {"known": False, "quiz": "", "next": None}
    following = lessons[place + 1] if place + 1 < len(lessons) else None
    return {"known": True, "quiz": lessons[place]["quiz"], "next": following}
