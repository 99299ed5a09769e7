"""The pages of the benches. A run's page is for whoever has the link; only its owner gets the controls."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from accounts.guests import ensure_learner, learner_of
from labs import plain, submission
from labs.bench import Bench, rig
from labs.ending import cancel
from labs.models import Lab, LabRecording, Run
from labs.quotas import TooMany, address_of
from labs.starting import start as start_run
from sandbox.protocol import Outcome

NEWEST = 100
RECORDING = "starter"


@require_safe
def lab_list(request: HttpRequest) -> HttpResponse:
    """Every bench, with what this learner has done there."""
    learner = learner_of(request)
    mine: dict[int, dict[str, Any]] = {}
    if learner is not None:
        counted = (
            Run.objects.of(learner)
            .order_by()
            .values("lab")
            .annotate(number=Count("pk"), last=Max("queued_at"), passes=Count("pk", filter=Q(outcome=Outcome.PASSED)))
        )
        mine = {row["lab"]: row for row in counted}
    labs = [{"lab": lab, "mine": mine.get(lab.pk)} for lab in Lab.objects.published()]
    return render(request, "labs/list.html", {"labs": labs, "rig": rig()})


@require_safe
@ensure_csrf_cookie
def lab(request: HttpRequest, slug: str) -> HttpResponse:
    """The bench."""
    found = _lab(slug)
    return render(request, "labs/bench.html", Bench(request, found, found.current).context())


@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Run from a plain form; what was refused comes back with the form as it was."""
    found = _lab(slug)
    bench = Bench(request, found, found.current)
    if bench.rig["state"] in ("recording", "off"):
        return _refused(request, bench, [_("No run can be started for now; the page says why.")], 503, retry_after=300)
    if not bench.may_start:
        return _refused(request, bench, [_("Runs cannot be started here; the page says why.")], 403)
    try:
        sent = plain.submitted(request, found.current)
        run = start_run(
            found, ensure_learner(request), sent, key=request.POST.get("key") or None, address=address_of(request)
        )
    except (submission.Refused, submission.TooLarge) as error:
        return _refused(request, bench, plain.why_not(error), 422)
    except TooMany as error:
        return _refused(request, bench, [error.sentence], 429, retry_after=error.retry_after)
    return redirect(reverse("labs:run", args=[run.pk]) + "?plain=1")


def _refused(
    request: HttpRequest, bench: Bench, sentences: list[str], status: int, *, retry_after: int | None = None
) -> HttpResponse:
    typed = {key.removeprefix(plain.FILE): text for key, text in request.POST.items() if key.startswith(plain.FILE)}
    context = {**bench.context(), "refused": sentences, "typed": typed}
    response = render(request, "labs/bench.html", context, status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


@require_safe
@ensure_csrf_cookie
def run(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One run: live while it lasts, a replay for ever after; `?plain` is the same as a table, without scripts."""
    found = _run(pk)
    bench = Bench(request, found.lab, found.revision, found)
    if "plain" not in request.GET:
        return render(request, "labs/bench.html", bench.context())
    position = None if found.has_ended else Run.objects.position(found)
    rows = plain.rows(plain.trace_lines(found))
    return render(request, "labs/run_plain.html", {"bench": bench, "run": found, "rows": rows, "position": position})


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
    """This learner's runs, newest first; `?lab=` those of one bench. Two of one bench can be laid side by side."""
    learner = learner_of(request)
    runs = Run.objects.of(learner).select_related("lab").defer("files")[:NEWEST] if learner else Run.objects.none()
    slug = request.GET.get("lab", "")
    shown = [one for one in runs if not slug or one.lab.slug == slug]
    titles = sorted({(one.lab.slug, one.lab.title) for one in runs})
    return render(request, "labs/mine.html", {"runs": shown, "titles": titles, "slug": slug})


@require_safe
def beside(request: HttpRequest) -> HttpResponse:
    """Two runs of one bench on one axis: `?a=` and `?b=` are their ids."""
    try:
        ids = [UUID(request.GET.get(side, "")) for side in "ab"]
    except ValueError:
        return redirect("labs:mine")
    pair = [_run(pk) for pk in ids]
    if pair[0].lab_id != pair[1].lab_id:
        raise Http404(_("These are runs of two benches; compare two runs of one."))
    sides = [Bench(request, one.lab, one.revision, one) for one in pair]
    return render(request, "labs/beside.html", {"lab": pair[0].lab, "sides": sides, **_comparison(pair, sides)})


def _comparison(pair: list[Run], sides: list[Bench]) -> dict[str, Any]:
    definition = pair[1].revision.definition
    names = [name for name in definition["editable"] if pair[0].files.get(name) != pair[1].files.get(name)]
    starter = definition["files"]
    return {
        "data": {"sides": [side.data() for side in sides]},
        "words": sides[0].context()["words"],
        "measures": [
            {**measure, "values": [one.measures.get(measure["id"]) for one in pair]}
            for measure in definition["measures"]
        ],
        "knobs": [{**knob, "values": [one.knobs.get(knob["name"]) for one in pair]} for knob in definition["knobs"]],
        "checks": [
            {
                **check,
                "verdicts": [next((c["verdict"] for c in one.checks if c["id"] == check["id"]), "") for one in pair],
            }
            for check in definition["checks"]
        ],
        "changed": [{"name": name, "texts": [one.files.get(name, starter[name]) for one in pair]} for name in names],
    }


def solution(request: HttpRequest, slug: str) -> HttpResponse:
    """The solution: after a pass for the asking, before it only to who posts that he gives up."""
    found = _lab(slug)
    bench = Bench(request, found, found.current)
    may_look = request.method == "POST" or bench.has_passed
    starter = found.current.definition["files"]
    files = [
        {"name": name, "text": text, "starter": starter.get(name, "")}
        for name, text in found.current.definition["solution"].items()
    ]
    context = {"lab": found, "bench": bench, "files": files if may_look else [], "may_look": may_look}
    return render(request, "labs/solution.html", context, status=200 if may_look else 403)


@require_safe
def recording(request: HttpRequest, slug: str) -> HttpResponse:
    """The recorded run of the starter as the events endpoint gives a trace: one JSON array."""
    found = get_object_or_404(LabRecording, lab__slug=slug, lab__published=True, name=RECORDING)
    return HttpResponse(f"[{','.join(found.lines)}]", content_type="application/json")


@require_safe
def what_is_real(request: HttpRequest) -> HttpResponse:
    """How a run works, and what its checks can and cannot prove."""
    return render(request, "labs/real.html", {"rig": rig()})


def _lab(slug: str) -> Lab:
    found = Lab.objects.named(slug)
    if found is None:
        raise Http404(_("There is no such bench."))
    return found


def _run(pk: UUID) -> Run:
    found: Run = get_object_or_404(Run.objects.select_related("lab", "revision"), pk=pk)
    return found
