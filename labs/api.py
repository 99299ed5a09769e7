"""The JSON API of the benches. Views load, ask, answer; what they ask is in the modules that they import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Header, Router, Status

from accounts.models import User
from labs import health, stream, submission
from labs.api_auth import Caller, anyone, may_start, way_of
from labs.api_schemas import Accepted, CommandIn, LabLine, LabOut, ProblemOut, RunIn, RunOut, RunStarted
from labs.ending import cancel
from labs.models import Lab, Run
from labs.problem_documents import ApiProblem
from labs.quotas import TooMany, address_of
from labs.starting import start
from labs.valkey import Unreachable
from sandbox.protocol import LANE, Action, State

router = Router()
LONGEST_KEY = 100
Answers = Mapping[Any, Any]


def problems(*statuses: int) -> Answers:
    """What an operation may answer besides its success, for the API's description."""
    return dict.fromkeys(statuses, ProblemOut)


@router.get("/labs/", response=list[LabLine], auth=None, summary="The labs")
def list_labs(request: HttpRequest) -> list[dict[str, Any]]:
    return [_lab_line(lab) for lab in Lab.objects.published()]


@router.get("/labs/{slug}/", response={200: LabOut, **problems(404)}, auth=None, summary="One lab")
def show_lab(request: HttpRequest, slug: str) -> dict[str, Any]:
    lab = _lab(slug)
    told = ("editable", "knobs", "limits", "commands", "checks", "measures")
    definition = {name: lab.current.definition[name] for name in told}
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
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> Status[dict[str, Any]]:
    """Answers at once; the run waits in the queue. The same Idempotency-Key again is the same run."""
    lab = _lab(slug)
    key = _idempotency_key(idempotency_key)
    _check_switches()
    sent = _submission(lab, payload)
    learner = may_start(request, cast("Any", request).auth)
    try:
        run = start(lab, learner, sent, key=key, address=address_of(request), via=way_of(request))
    except TooMany as error:
        raise ApiProblem(429, error.sentence, retry_after=error.retry_after) from error
    response["Location"] = reverse("api:run", args=[run.pk])
    return Status(202, _addresses(run))


@router.get(
    "/runs/{uuid:run_id}/", response={200: RunOut, **problems(404)}, auth=None, url_name="run", summary="One run"
)
def show_run(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """Whoever has the link may look."""
    run = _run(run_id)
    return {
        **_addresses(run),
        "lab": run.lab.slug,
        "revision": run.revision.digest,
        "attempt": run.attempt,
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
    """A `command` event appears in the run's trace when it was carried out."""
    run = _own_run(request, run_id)
    if run.state in (State.QUEUED, State.ENDED):
        raise ApiProblem(409, _("Nothing of this run is running now: it is %(state)s.") % {"state": run.state})
    _check_command(run, payload)
    message: dict[str, Any] = {"op": "command", "action": payload.action, "target": payload.target, "by": "learner"}
    if payload.options:
        message["options"] = payload.options
    try:
        taken = stream.send(run.pk, run.attempt, message)
    except Unreachable as error:
        raise ApiProblem(503, _("The command could not be handed on; try again."), retry_after=1) from error
    if not taken:
        raise ApiProblem(429, _("This run has had too many commands."), retry_after=30)
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
    caller: Caller = cast("Any", request).auth
    if not isinstance(caller, User) or run.learner_id != caller.pk:
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


def _idempotency_key(given: str | None) -> str | None:
    if given is not None and not (0 < len(given) <= LONGEST_KEY and given.isprintable()):
        where = "Idempotency-Key"
        what = _("it is not 1 to %(longest)d printable characters") % {"longest": LONGEST_KEY}
        raise ApiProblem(422, _("The header %(name)s cannot be used.") % {"name": where}, errors=[_error(where, what)])
    return given


def _check_switches() -> None:
    if not settings.LABS_ENABLED:
        raise ApiProblem(503, _("Runs are switched off for now; lessons and quizzes are not."), retry_after=300)
    if sentence := health.recordings_only():
        detail = _("Labs show recordings only on this installation. %(why)s") % {"why": sentence}
        raise ApiProblem(503, detail, retry_after=300)


def _submission(lab: Lab, payload: RunIn) -> submission.Submission:
    try:
        return submission.read(lab.current, payload.files, payload.knobs, payload.prediction)
    except submission.TooLarge as error:
        raise ApiProblem(413, _("The files are larger than 1 MiB together.")) from error
    except submission.Refused as error:
        errors = [_error(where, what) for where, what in error.errors]
        raise ApiProblem(422, f"{errors[0]['where']}: {errors[0]['what']}", errors=errors) from error


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
