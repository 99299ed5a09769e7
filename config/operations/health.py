"""For balancers, people and Prometheus: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labs.live.heartbeats import fresh_runners
from labs.models import Run
from labs.operations.readiness import readiness
from labs.valkey import Unreachable

PROBES = ("/healthz", "/readyz")
PLAIN = "text/plain; charset=utf-8"
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class ProbeMiddleware:
    """Answers `PROBES` before the host name is checked and before plain HTTP is redirected to HTTPS.

    A load balancer probes a process by its IP address over plain HTTP. The responses do not depend on either.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in PROBES:
            probe: Callable[[HttpRequest], HttpResponse] = resolve(request.path_info).func
            return probe(request)
        return self._get_response(request)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process lives. It checks nothing else: a dead runner must not take the pages down."""
    return HttpResponse("ok\n", content_type=PLAIN)


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 if the database, the broker and a runner with a warden are ready, else 503 with what is missing."""
    missing = [f"{name}: {words}" for name, words in readiness().items() if words != "ok"]
    text = "; ".join(missing) or "ok"
    return HttpResponse(f"{text}\n", status=503 if missing else 200, content_type=PLAIN)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text for requests with the token; 404 for all others, which do not learn that it exists."""
    _, _, token = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    if not wanted or not secrets.compare_digest(token.encode(), wanted.encode()):
        raise Http404
    return HttpResponse("".join(f"{line}\n" for line in _lines()), content_type=PROMETHEUS)


def _lines() -> Iterator[str]:
    live = (
        Run.objects.live()
        .values("state")
        .annotate(number=Count("pk"), oldest=Min("waiting_since"))
        .order_by("state")
    )
    yield "# HELP backburner_runs_live Runs that have not ended, by state."
    yield "# TYPE backburner_runs_live gauge"
    waiting = 0.0
    for row in live:
        yield f'backburner_runs_live{{state="{row["state"]}"}} {row["number"]}'
        if row["state"] == "queued":
            waiting = (timezone.now() - row["oldest"]).total_seconds()
    yield "# HELP backburner_queue_age_seconds How long the oldest queued run has waited."
    yield "# TYPE backburner_queue_age_seconds gauge"
    yield f"backburner_queue_age_seconds {waiting:.3f}"
    yield "# HELP backburner_runs_ended_last_hour Runs that ended in the last hour, by outcome."
    yield "# TYPE backburner_runs_ended_last_hour gauge"
    recent = Run.objects.ended().filter(ended_at__gt=timezone.now() - timedelta(hours=1))
    for row in recent.values("outcome").annotate(number=Count("pk")).order_by("outcome"):
        yield f'backburner_runs_ended_last_hour{{outcome="{row["outcome"]}"}} {row["number"]}'
    yield from _runner_lines()


def _runner_lines() -> Iterator[str]:
    try:
        runners = fresh_runners()
    except Unreachable:
        runners = {}
    yield "# HELP backburner_runners Runners with a fresh heartbeat."
    yield "# TYPE backburner_runners gauge"
    yield f"backburner_runners {len(runners)}"
    yield "# HELP backburner_warm_jails Warm jails of the wardens of those runners."
    yield "# TYPE backburner_warm_jails gauge"
    warm = sum((runner["warden"] or {}).get("warm", 0) for runner in runners.values())
    yield f"backburner_warm_jails {warm}"
