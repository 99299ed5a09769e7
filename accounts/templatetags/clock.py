"""The tag that prints a point in time on a page."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.template.context import Context

from accounts.words.clock import Precision, time_element

register = template.Library()


@register.simple_tag(takes_context=True)
def moment(context: Context, when: datetime | None, precision: Precision = "minute") -> str:
    """`{% moment run.queued_at "second" %}`: a `<time>` in the zone of the user's account; "" for None.

    Without a user, or without a zone, it is in UTC. The page's script changes that to the browser's zone.
    """
    if when is None:
        return ""
    return time_element(when, getattr(context.get("user"), "time_zone", ""), precision)
