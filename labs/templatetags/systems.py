"""The filter that spells the libraries of a lab or a lesson."""

from __future__ import annotations

from django import template

from sandbox.process_kinds import SYSTEMS

register = template.Library()


@register.filter
def systems(names: list[str]) -> str:
    """The libraries, spelled as their makers do."""
    return ", ".join(SYSTEMS.get(name, name) for name in names)
