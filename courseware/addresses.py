"""Links to pages of other rooms that this installation may not have."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def address(name: str, *args: str) -> str:
    """The page's address, or "" where the site has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
