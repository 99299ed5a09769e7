"""Filters for the course's pages."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def two(number: int) -> str:
    """A lesson's number with two digits: 08."""
    return f"{number:02d}"


@register.filter
def last_section(toc: list[dict[str, str]]) -> str:
    """The id of the last heading, or ""."""
    return toc[-1]["id"] if toc else ""
