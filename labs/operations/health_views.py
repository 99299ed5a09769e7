"""`/studio/health/`: the state of the labs, for operators and instructors."""

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
from labs.operations.diagnosis import diagnose, summary
from labs.operations.status_snapshot import StatusSnapshot, take_snapshot
from sandbox.protocol import Outcome

ALARMING = {Outcome.LOST, Outcome.ERROR, Outcome.OVER_LIMIT}
"""Outcomes that point to a problem of the labs. Failed checks do not: they are what exercises are for."""


@never_cache
@require_safe
@instructor_required
def health(request: HttpRequest) -> HttpResponse:
    """Always a 200: the page says which parts cannot be reached and what to do."""
    seen = take_snapshot()
    found = diagnose(seen, enabled=settings.LABS_ENABLED)
    context = {
        "seen": seen,
        "summary": summary(found),
        "severe": [finding for finding in found if finding.is_severe],
        "minor": [finding for finding in found if not finding.is_severe],
        "parts": _parts(seen),
        "outcomes": [
            {**row, "alarms": bool(row["day"]) and row["outcome"] in ALARMING} for row in seen.outcomes
        ],
        "switches": _switches(),
        "waits": [(_("last hour"), seen.hour), (_("last day"), seen.day)],
    }
    return render(request, "labs/health.html", context)


def _parts(seen: StatusSnapshot) -> list[tuple[str, str, str]]:
    """Each part: its name, its purpose, "ok" or what is wrong."""
    upkeep = "ok" if seen.upkeep_age is not None else _("no sweep in the last minute")
    if seen.valkey != "ok":
        upkeep = _("not known")
    return [
        (
            _("Database"),
            _("runs, accounts and the course, in %(engine)s") % {"engine": connection.vendor},
            seen.parts["database"],
        ),
        (_("Broker"), _("wakes runners"), seen.parts["broker"]),
        (_("Valkey"), _("live events, heartbeats, counters"), seen.valkey),
        (_("Beat and worker"), _("sweep the queue every 5 s, delete old data at night"), upkeep),
    ]


def _switches() -> list[tuple[str, Any, str]]:
    """Each setting: its name, its value in this process, its meaning."""

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
            _("runs from one address in an hour"),
        ),
        ("LABS_QUEUE_LIMIT", settings.LABS_QUEUE_LIMIT, _("runs of all learners that may wait")),
        ("LABS_TRACE_DAYS", settings.LABS_TRACE_DAYS, _("days for which traces are kept")),
        ("LABS_AUDIT_DAYS", settings.LABS_AUDIT_DAYS, _("days for which the audit log is kept")),
    ]
