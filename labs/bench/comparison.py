"""Pages that put two things side by side: two runs, or one's own code and the solution."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labs.bench.page import BenchPage
from labs.catalog.shown_lab import shown_lab
from labs.models import Run
from sandbox.protocol import Outcome


@require_safe
def beside(request: HttpRequest) -> HttpResponse:
    """Show two runs of one lab on the same time axis. `?a=` and `?b=` are their ids."""
    try:
        ids = [UUID(request.GET.get(side, "")) for side in "ab"]
    except ValueError:
        return redirect("labs:mine")
    runs = Run.objects.select_related("lab", "revision")
    pair: list[Run] = [get_object_or_404(runs, pk=pk) for pk in ids]
    if pair[0].lab_id != pair[1].lab_id:
        raise Http404(_("These runs are of different labs. Choose two runs of the same lab."))
    sides = [BenchPage(request, one.lab, one.revision, one) for one in pair]
    context = {"lab": pair[0].lab, "sides": list(zip("AB", sides, strict=True)), **_differences(pair, sides)}
    return render(request, "labs/beside.html", context)


def _differences(pair: list[Run], sides: list[BenchPage]) -> dict[str, Any]:
    """What the page's tables compare."""
    definition = pair[1].revision.definition
    names = [name for name in definition["editable"] if pair[0].files.get(name) != pair[1].files.get(name)]
    starter = definition["files"]
    return {
        "data": {"sides": [side.data() for side in sides]},
        "measures": [
            {**measure, "values": [one.measures.get(measure["id"]) for one in pair]}
            for measure in definition["measures"]
        ],
        "knobs": [
            {**knob, "values": [knob_in_words(knob, one.knobs.get(knob["name"])) for one in pair]}
            for knob in definition["knobs"]
        ],
        "checks": [
            {**check, "verdicts": [_verdict_of(one, check["id"]) for one in pair]}
            for check in definition["checks"]
        ],
        "changed": [
            {"name": name, "texts": [one.files.get(name, starter[name]) for one in pair]} for name in names
        ],
    }


def knob_in_words(knob: dict[str, Any], value: Any) -> str:
    """A knob's value as a reader says it: `on`, `9`, `2.5 s`."""
    if value is None:
        return str(_("not there then"))
    if isinstance(value, bool):
        return str(_("on") if value else _("off"))
    return f"{value} {knob.get('unit') or ''}".strip()


def _verdict_of(run: Run, check: str) -> str:
    return next((c["verdict"] for c in run.checks if c["id"] == check), "")


def solution(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the solution to learners who have passed the lab, and to anybody who posts that they give up.
    Others get a 403 without the files.
    """
    found = shown_lab(slug)
    if found is None:
        raise Http404(_("There is no such lab."))
    page = BenchPage(request, found, found.current)
    may_look = request.method == "POST" or page.has_passed
    own = _own_run(request, page)
    starter = found.current.definition["files"]
    mine = {**starter, **(own.files if own else {})}
    files = [
        {"name": name, "text": text, "starter": mine.get(name, "")}
        for name, text in found.current.definition["solution"].items()
    ]
    context = {
        "lab": found,
        "page": page,
        "files": files if may_look else [],
        "may_look": may_look,
        "own": own if own and own.files else None,
    }
    return render(request, "labs/solution.html", context, status=200 if may_look else 403)


def _own_run(request: HttpRequest, page: BenchPage) -> Run | None:
    """The learner's run to compare: the one that `?run=` names, else the newest that passed, else the
    newest.
    """
    if page.learner is None:
        return None
    runs = list(Run.objects.of(page.learner).filter(lab=page.lab).order_by("-queued_at")[:50])
    asked_for = [run for run in runs if str(run.pk) == request.GET.get("run")]
    passed = [run for run in runs if run.outcome == Outcome.PASSED]
    return next(iter([*asked_for, *passed, *runs]), None)
