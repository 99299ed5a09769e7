"""The operations of the JSON API. They read the request and write the response; `labs.runs` does the work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Header, Router, Status

from labs.api.auth import anyone, caller_of, via_of
from labs.api.schemas import Accepted, CommandIn, LabLine, LabOut, ProblemOut, RunIn, RunOut, RunStarted
from labs.live import stream
from labs.models import Lab, Run
from labs.problem_documents import ApiProblem
from labs.runs.ending import cancel
from labs.runs.refusals import StartRefused
from labs.runs.starting import StartRequest, start
from labs.valkey import Unreachable
from sandbox.protocol import LANE, Action, State

router = Router()
KEY_HEADER = "Idempotency-Key"
Responses = Mapping[Any, Any]


def problems(*statuses: int) -> Responses:
    """The responses of an operation besides its success, for the API's description."""
    return dict.fromkeys(statuses, ProblemOut)


@router.get("/labs/", response=list[LabLine], auth=None, summary="The labs")
def list_labs(request: HttpRequest) -> list[dict[str, Any]]:
    return [_lab_line(lab) for lab in Lab.objects.published().without_definitions()]


@router.get("/labs/{slug}/", response={200: LabOut, **problems(404)}, auth=None, summary="One lab")
def show_lab(request: HttpRequest, slug: str) -> dict[str, Any]:
    lab = _lab(slug)
    public = ("editable", "knobs", "limits", "commands", "checks", "measures")
    definition = {name: lab.current.definition[name] for name in public}
    return {**_lab_line(lab), **definition, "revision": lab.current.digest, "files": lab.current.files}


@router.post(
    "/labs/{slug}/runs/",
    response={202: RunStarted, **problems(400, 401, 403, 404, 413, 422, 429, 503)},
    auth=anyone,
    summary="Start a run",
)
def start_run(
    request: HttpRequest,
    slug: str,
    payload: RunIn,
    response: HttpResponse,
    idempotency_key: Annotated[str | None, Header(alias=KEY_HEADER)] = None,
) -> Status[dict[str, Any]]:
    """The response comes at once and the run waits in the queue. A second request with the same
    Idempotency-Key gets the same run.
    """
    wanted = StartRequest(payload.files, payload.knobs, payload.prediction, idempotency_key, KEY_HEADER)
    try:
        run = start(request, _lab(slug), wanted, learner=caller_of(request), via=via_of(request))
    except StartRefused as refusal:
        errors = [_error(where, what) for where, what in refusal.errors]
        raise ApiProblem(
            refusal.status, refusal.sentence, errors=errors or None, retry_after=refusal.retry_after
        ) from refusal
    response["Location"] = reverse("api:run", args=[run.pk])
    return Status(202, _addresses(run))


@router.get(
    "/runs/{uuid:run_id}/",
    response={200: RunOut, **problems(404)},
    auth=None,
    url_name="run",
    summary="One run",
)
def show_run(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """Anybody who has the link may read the run."""
    run = _run(run_id)
    return {
        **_addresses(run),
        "lab": run.lab.slug,
        "revision": run.revision.digest,
        "claim": run.claim,
        "queue_position": Run.objects.position(run) if run.state == State.QUEUED else None,
        "queued_at": run.queued_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "outcome": run.outcome or None,
        "reason": run.reason,
        "checks": run.checks,
        "measures": run.measures,
        "prediction": run.prediction,
        "event_count": run.event_count,
    }


@router.post(
    "/runs/{uuid:run_id}/commands/",
    response={202: Accepted, **problems(401, 403, 404, 409, 422, 429, 503)},
    auth=anyone,
    url_name="commands",
    summary="Do something to a lane of a run",
)
def command_run(request: HttpRequest, run_id: UUID, payload: CommandIn) -> Status[dict[str, Any]]:
    """A `command` event appears in the run's trace once the command has been carried out."""
    run = _own_run(request, run_id)
    if run.state in (State.QUEUED, State.ENDED):
        raise ApiProblem(409, _("This run has no processes now: it is %(state)s.") % {"state": run.state})
    _check_command(run, payload)
    message: dict[str, Any] = {
        "op": "command",
        "action": payload.action,
        "target": payload.target,
        "by": "learner",
    }
    if payload.options:
        message["options"] = payload.options
    try:
        was_sent = stream.send_to_runner(run.pk, run.claim, message)
    except Unreachable as error:
        raise ApiProblem(
            503, _("The command could not be sent to the runner. Try again."), retry_after=1
        ) from error
    if not was_sent:
        raise ApiProblem(429, _("This run has received too many commands."), retry_after=30)
    return Status(202, {"status": run.state})


@router.delete(
    "/runs/{uuid:run_id}/",
    response={202: Accepted, **problems(401, 403, 404, 409)},
    auth=anyone,
    summary="Cancel a run",
)
def cancel_run(request: HttpRequest, run_id: UUID) -> Status[dict[str, Any]]:
    run = _own_run(request, run_id)
    if not cancel(run):
        raise ApiProblem(409, _("This run has ended already."))
    return Status(202, {"status": run.state})


def _lab(slug: str) -> Lab:
    if lab := Lab.objects.named(slug):
        return lab
    raise ApiProblem(404, _("There is no lab “%(slug)s”.") % {"slug": slug[:80]})


def _run(pk: UUID) -> Run:
    if run := Run.objects.select_related("lab", "revision").filter(pk=pk).first():
        return cast("Run", run)
    raise ApiProblem(404, _("There is no such run."))


def _own_run(request: HttpRequest, pk: UUID) -> Run:
    run = _run(pk)
    caller = caller_of(request)
    if caller is None or run.learner_id != caller.pk:
        raise ApiProblem(403, _("Only the learner who started this run may do that."))
    return run


def _lab_line(lab: Lab) -> dict[str, Any]:
    url = reverse("labs:lab", args=[lab.slug])
    return {"slug": lab.slug, "title": lab.title, "lesson": lab.lesson, "systems": lab.systems, "url": url}


def _addresses(run: Run) -> dict[str, Any]:
    location = reverse("api:run", args=[run.pk])
    return {
        "id": run.pk,
        "status": run.state,
        "url": reverse("labs:run", args=[run.pk]),
        "events_url": f"{location}events/",
    }


def _check_command(run: Run, payload: CommandIn) -> None:
    errors = []
    if payload.action not in set(Action):
        errors.append(_error("action", _("unknown; known are %(names)s") % {"names": ", ".join(Action)}))
    elif not LANE.match(payload.target) or not run.revision.allows(payload.action, payload.target):
        what = _("this lab does not allow %(action)s there") % {"action": payload.action}
        errors.append(_error("target", what))
    if set(payload.options) - {"advance", "to"}:
        errors.append(_error("options", _("only advance and to are known")))
    if errors:
        raise ApiProblem(422, f"{errors[0]['where']}: {errors[0]['what']}", errors=errors)


def _error(where: str, what: str) -> dict[str, str]:
    return {"where": where, "what": what}
