"""Small words of the course's pages."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def two(number: int) -> str:
    """A lesson's number as its prose writes it: 08."""
    return f"{number:02d}"


SYSTEMS = {
    "apscheduler": "APScheduler",
    "arq": "ARQ",
    "celery": "Celery",
    "django-tasks": "Django Tasks",
    "fastapi": "FastAPI",
    "rq": "RQ",
}


@register.filter
def systems(names: list[str]) -> str:
    """The libraries of a lesson as their makers write them."""
    return ", ".join(SYSTEMS.get(name, name) for name in names)


@register.filter
def last_section(toc: list[dict[str, str]]) -> str:
    """The id of the last heading, or ""."""
    return toc[-1]["id"] if toc else ""
