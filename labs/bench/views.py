"""The pages of labs and runs. Anybody who has the link may see a run; only its owner gets the controls."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from accounts.guests.guest_cookie import learner_of
from labs.bench import no_script, predictions
from labs.bench.page import BenchPage
from labs.bench.sandbox_state import sandbox_state
from labs.catalog.shown_lab import shown_lab
from labs.models import Lab, LabRecording, Run
from labs.runs import starting
from labs.runs.ending import cancel
from labs.runs.refusals import StartRefused
from sandbox.protocol import Outcome

NEWEST = 100
RECORDING = "starter"


@require_safe
def lab_list(request: HttpRequest) -> HttpResponse:
    """Every lab, with what this learner has done there."""
    learner = learner_of(request)
    mine: dict[int, dict[str, Any]] = {}
    if learner is not None:
        counted = (
            Run.objects.of(learner)
            .order_by()
            .values("lab")
            .annotate(
                number=Count("pk"),
                last=Max("queued_at"),
                passes=Count("pk", filter=Q(outcome=Outcome.PASSED)),
            )
        )
        mine = {row["lab"]: row for row in counted}
    labs = [{"lab": lab, "mine": mine.get(lab.pk)} for lab in Lab.objects.published().for_list()]
    return render(request, "labs/list.html", {"labs": labs, "sandbox": sandbox_state()})


@require_safe
@ensure_csrf_cookie
def lab(request: HttpRequest, slug: str) -> HttpResponse:
    """The bench of a lab: code, trace and inspector."""
    found = _lab(slug)
    return render(request, "labs/bench.html", {"page": BenchPage(request, found, found.current)})


@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a run from a plain form. A refused form comes back with what was typed."""
    found = _lab(slug)
    try:
        wanted = no_script.start_request(request.POST, found.current)
        run = starting.start(request, found, wanted, learner=learner_of(request))
    except StartRefused as refusal:
        page = BenchPage(request, found, found.current)
        page.typed = no_script.files_of(request.POST)
        page.typed_prediction = request.POST.get("value", "")
        context = {"page": page, "refused": refusal.sentences}
        response = render(request, "labs/bench.html", context, status=refusal.status)
        if refusal.retry_after is not None:
            response["Retry-After"] = str(refusal.retry_after)
        return response
    return redirect(reverse("labs:run", args=[run.pk]) + "?plain=1")


@require_safe
@ensure_csrf_cookie
def run(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One run: live until its end, a replay afterwards. `?plain` shows the run as a table without scripts."""
    found = _run(pk)
    page = BenchPage(request, found.lab, found.revision, found)
    if "plain" not in request.GET:
        return render(request, "labs/bench.html", {"page": page})
    position = None if found.has_ended else Run.objects.position(found)
    rows = no_script.rows(no_script.trace_lines(found))
    return render(
        request, "labs/run_plain.html", {"page": page, "run": found, "rows": rows, "position": position}
    )


@require_POST
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop one's own run from a plain form."""
    found = _run(pk)
    learner = learner_of(request)
    if learner is None or found.learner_id != learner.pk:
        return render(request, "403.html", status=403)
    cancel(found)
    return redirect(reverse("labs:run", args=[pk]) + "?plain=1")


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """This learner's runs, newest first; with `?lab=`, those of one lab. Two of them can be compared."""
    learner = learner_of(request)
    runs = (
        Run.objects.of(learner).select_related("lab").defer("files")[:NEWEST]
        if learner
        else Run.objects.none()
    )
    slug = request.GET.get("lab", "")
    shown = [one for one in runs if not slug or one.lab.slug == slug]
    titles = sorted({(one.lab.slug, one.lab.title) for one in runs})
    return render(request, "labs/mine.html", {"runs": shown, "titles": titles, "slug": slug})


@require_POST
def read_prediction(request: HttpRequest, slug: str) -> JsonResponse:
    """What a typed number is understood as: `value` and `said`, in the measure's unit. Else 422: `detail`."""
    measure = predictions.measure_named(_lab(slug).current, request.POST.get("measure"))
    if measure is None:
        raise Http404(_("This lab measures nothing of that name."))
    try:
        value, said = predictions.understood(request.POST.get("text", "")[:2000], measure["unit"])
    except predictions.UnreadableNumber as error:
        return JsonResponse({"detail": str(error)}, status=422)
    return JsonResponse({"value": value, "said": said})


@require_safe
def recording(request: HttpRequest, slug: str) -> HttpResponse:
    """The recorded run of the starter as one JSON array, like a trace from the events endpoint."""
    found = get_object_or_404(LabRecording, lab__slug=slug, lab__published=True, name=RECORDING)
    return HttpResponse(f"[{','.join(found.lines)}]", content_type="application/json")


@require_safe
def what_is_real(request: HttpRequest) -> HttpResponse:
    """How a run works, and what its checks can and cannot prove."""
    return render(request, "labs/real.html", {"sandbox": sandbox_state()})


def _lab(slug: str) -> Lab:
    found = shown_lab(slug)
    if found is None:
        raise Http404(_("There is no such lab."))
    return found


def _run(pk: UUID) -> Run:
    found: Run = get_object_or_404(Run.objects.select_related("lab", "revision"), pk=pk)
    return found
