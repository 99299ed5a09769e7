"""`/studio/health/`: how the labs are, for those who run the site and those who teach with it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.permissions import instructor_required
from labs.troubles import summary, troubles
from labs.vitals import Vitals, look
from sandbox.protocol import Outcome

ALARMING = {Outcome.LOST, Outcome.ERROR, Outcome.OVER_LIMIT}
"""Ends that say something of the labs or their limits; checks that are not met are what exercises are for."""


@never_cache
@require_safe
@instructor_required
def health(request: HttpRequest) -> HttpResponse:
    """200 whatever is away: the page says what, and what to do."""
    seen = look()
    found = troubles(seen, enabled=settings.LABS_ENABLED)
    context = {
        "seen": seen,
        "summary": summary(found),
        "severe": [trouble for trouble in found if trouble.is_severe],
        "minor": [trouble for trouble in found if not trouble.is_severe],
        "parts": _parts(seen),
        "outcomes": [{**row, "alarms": bool(row["day"]) and row["outcome"] in ALARMING} for row in seen.outcomes],
        "switches": _switches(),
        "waits": [(_("last hour"), seen.hour), (_("last day"), seen.day)],
    }
    return render(request, "labs/health.html", context)


def _parts(seen: Vitals) -> list[tuple[str, str, str]]:
    """Name, what it is for, "ok" or what is wrong."""
    upkeep = "ok" if seen.upkeep_age is not None else _("no sweep in the last minute")
    if seen.valkey != "ok":
        upkeep = _("not known")
    return [
        (
            _("Database"),
            _("runs, people, the course, in %(engine)s") % {"engine": connection.vendor},
            seen.parts["database"],
        ),
        (_("Broker"), _("wakes runners"), seen.parts["broker"]),
        (_("Valkey"), _("live events, heartbeats, counters"), seen.valkey),
        (_("Beat and worker"), _("sweep the queue every 5 s, forget what is old at night"), upkeep),
    ]


def _switches() -> list[tuple[str, Any, str]]:
    """Setting, its value in this process, what it means."""

    def onoff(value: bool) -> str:
        return _("on") if value else _("off")

    return [
        ("LABS_ENABLED", onoff(settings.LABS_ENABLED), _("new runs may start")),
        ("LABS_GUEST_RUNS", onoff(settings.LABS_GUEST_RUNS), _("guests may start runs from a browser")),
        ("LABS_LIVE_RUNS_PER_LEARNER", settings.LABS_LIVE_RUNS_PER_LEARNER, _("runs of one learner at once")),
        (
            "LABS_RUNS_PER_HOUR_PER_LEARNER",
            settings.LABS_RUNS_PER_HOUR_PER_LEARNER,
            _("runs of one learner in an hour"),
        ),
        (
            "LABS_RUNS_PER_HOUR_PER_ADDRESS",
            settings.LABS_RUNS_PER_HOUR_PER_ADDRESS,
            _("runs of one address in an hour"),
        ),
        ("LABS_QUEUE_LIMIT", settings.LABS_QUEUE_LIMIT, _("runs that may wait, of everybody")),
        ("LABS_TRACE_DAYS", settings.LABS_TRACE_DAYS, _("days for which traces are kept")),
        ("LABS_AUDIT_DAYS", settings.LABS_AUDIT_DAYS, _("days for which the audit log is kept")),
    ]
