"""Points in time as every page prints them: one format, in the time zone of the account or in UTC.

`static/js/clock.js` rewrites them in the same format to the zone of the browser where the account has none.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Literal, cast
from zoneinfo import ZoneInfo, available_timezones

from django.utils.dateformat import format as written
from django.utils.html import format_html
from django.utils.safestring import SafeString

Precision = Literal["day", "minute", "second"]
FORMATS: dict[Precision, str] = {"day": "j M Y", "minute": "j M Y, H:i", "second": "j M Y, H:i:s"}


@cache
def zone_names() -> tuple[str, ...]:
    """The zones that an account may choose: UTC first, then those named after a place, sorted."""
    aliases = ("Etc/", "SystemV/", "US/", "posix/", "right/")
    names = (name for name in available_timezones() if "/" in name and not name.startswith(aliases))
    return ("UTC", *sorted(names))


def time_element(moment: datetime, zone: str = "", precision: Precision = "minute") -> SafeString:
    """A `<time>` element. `zone` is a name of `zone_names()`, or "" for UTC, which the text then names."""
    where = cast("tzinfo", ZoneInfo(zone)) if zone in zone_names() else UTC
    text = written(moment.astimezone(where), FORMATS[precision])
    if where is UTC:
        text += "" if precision == "day" else " UTC"
    instant = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return format_html(
        '<time datetime="{}" data-clock="{}" title="{}">{}</time>', instant, precision, zone or "UTC", text
    )
