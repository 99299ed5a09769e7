"""Points in time as every page prints them: one format, in the time zone of the account or in UTC.

`static/js/clock.js` rewrites them in the same format to the zone of the browser where the account has none.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, cast
from zoneinfo import TZPATH, ZoneInfo, available_timezones

from django.utils.dateformat import format as written
from django.utils.html import format_html
from django.utils.safestring import SafeString

Precision = Literal["day", "minute", "second"]
FORMATS: dict[Precision, str] = {"day": "j M Y", "minute": "j M Y, H:i", "second": "j M Y, H:i:s"}

SAME_PLACE = {
    "Africa/Asmera": "Africa/Asmara",
    "America/Coral_Harbour": "America/Atikokan",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
}
"""Former names that the database links to another place with the same time, not to the present name."""


def _of_database(file: str) -> list[str]:
    """The lines of a file of the time zone database: of the system's, or else of the package tzdata; [] where
    neither has it.
    """
    folders: list[Traversable] = [*map(Path, TZPATH)]
    if find_spec("tzdata"):
        folders.append(files("tzdata.zoneinfo"))
    found = next((folder / file for folder in folders if (folder / file).is_file()), None)
    return found.read_text(encoding="utf-8").splitlines() if found else []


@cache
def zone_names() -> tuple[str, ...]:
    """The zones that an account may choose: UTC first, then each place once, by its present name, sorted. All
    names of places where the database has no table of them.
    """
    rows = (line.split("\t") for line in _of_database("zone.tab") if not line.startswith("#"))
    places = {row[2] for row in rows if len(row) > 2} & available_timezones()
    named = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    return ("UTC", *sorted(places or named))


@cache
def _renamed() -> dict[str, str]:
    """Former names of zones with the present ones; both have the same time."""
    rows = (line.split() for line in _of_database("tzdata.zi") if line.startswith("L "))
    return {former: present for _, present, former in rows if former not in zone_names()} | SAME_PLACE


def present_name(zone: str) -> str:
    """The name in `zone_names()` of a zone that may have had another one when it was chosen, else ""."""
    name = _renamed().get(zone, zone)
    return name if name in zone_names() else ""


def time_element(moment: datetime, zone: str = "", precision: Precision = "minute") -> SafeString:
    """A `<time>` element. `zone` is the name of a zone, or "" for UTC, which the text then names."""
    name = present_name(zone)
    where = cast("tzinfo", ZoneInfo(name)) if name not in ("", "UTC") else UTC
    text = written(moment.astimezone(where), FORMATS[precision])
    if where is UTC:
        text += "" if precision == "day" else " UTC"
    instant = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return format_html(
        '<time datetime="{}" data-clock="{}" title="{}">{}</time>', instant, precision, name or "UTC", text
    )
