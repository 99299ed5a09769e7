"""Starts every run, for the API and for the form of the bench.

`start` checks in this order: are runs possible here, is the idempotency key usable, does the lab accept the
files and knobs, may this person start runs, does a quota allow it. Then it writes the row and wakes a runner.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.guests.guest_cookie import ensure_learner
from accounts.models import User
from accounts.network_address import address_hash
from labs.live import heartbeats
from labs.models import Lab, Run
from labs.models.run import Via
from labs.runs import quotas, submission
from labs.runs.refusals import GuestsMayNotStart, KeyRefused, RunsAreOff, TooManyRuns
from labs.runs.submission import Submission
from labs.runs.waking import announce

LONGEST_KEY = 100
"""Characters of an idempotency key: the width of its column."""
RETRY_AFTER_OFF = 300
"""Seconds after which a request may succeed that came while runs were off."""


@dataclass(frozen=True)
class StartRequest:
    """What a person asks for: `files` and `knobs` need to hold only what differs from the starter.

    A second request with the same `key` gets the same run. `key_field` is the name under which the person
    sent the key, for the refusal.
    """

    files: dict[str, str] = field(default_factory=dict)
    knobs: dict[str, Any] = field(default_factory=dict)
    prediction: Any = None
    key: str | None = None
    key_field: str = "key"


def may_start(learner: User | None) -> bool:
    """May this person start runs? None is a visitor, who would start them as a guest."""
    is_known = learner is not None and not learner.is_guest
    return settings.LABS_ENABLED and (is_known or settings.LABS_GUEST_RUNS)


def start(
    request: HttpRequest,
    lab: Lab,
    wanted: StartRequest,
    *,
    learner: User | None,
    via: Via = Via.BROWSER,
) -> Run:
    """Start a run of `lab` for `learner`; a visitor (None) becomes a guest, whose cookie the response sets.

    Raises a subclass of `StartRefused`. When the broker cannot be reached, the run is queued all the same and
    the sweeper wakes a runner.
    """
    _check_that_runs_are_possible()
    _check_key(wanted)
    checked = submission.read(lab.current, wanted.files, wanted.knobs, wanted.prediction)
    if not may_start(learner):
        raise GuestsMayNotStart(_("Guests may not start runs here. Sign up, or send a token."))
    # The guest is made last, so that a refused request leaves no row behind.
    learner = learner or ensure_learner(request)
    return queue_run(lab, learner, checked, key=wanted.key, address=address_hash(request), via=via)


def queue_run(
    lab: Lab,
    learner: User,
    checked: Submission,
    *,
    key: str | None = None,
    address: str = "",
    via: Via = Via.BROWSER,
) -> Run:
    """Write a queued run and wake a runner after the commit. Raises `TooManyRuns`."""
    if key and (earlier := _earlier_run(lab, learner, key)):
        return earlier
    try:
        with transaction.atomic():
            # Of two requests at once, one waits here, so that the quota counts the other's run.
            User.objects.select_for_update().get(pk=learner.pk)
            quotas.check(learner, address)
            run: Run = Run.objects.create(
                learner=learner,
                lab=lab,
                revision=lab.current,
                files=checked.files,
                knobs=checked.knobs,
                prediction=checked.prediction,
                idempotency_key=key,
                address=address,
                via=via,
            )
            transaction.on_commit(partial(announce, run.pk, run.claim), robust=True)
    except (IntegrityError, TooManyRuns):
        # The other click of a double click may have come first: it took the key, or the last free place.
        if key and (earlier := _earlier_run(lab, learner, key)):
            return earlier
        raise
    return run


def _earlier_run(lab: Lab, learner: User, key: str) -> Run | None:
    run: Run | None = Run.objects.filter(lab=lab, learner=learner, idempotency_key=key).first()
    return run


def _check_that_runs_are_possible() -> None:
    if not settings.LABS_ENABLED:
        sentence = _("Runs are switched off for now. Lessons and quizzes are not affected.")
        raise RunsAreOff(sentence, retry_after=RETRY_AFTER_OFF)
    if why := heartbeats.recordings_only():
        sentence = _("Labs show only recordings on this site. %(why)s") % {"why": why}
        raise RunsAreOff(sentence, retry_after=RETRY_AFTER_OFF)


def _check_key(wanted: StartRequest) -> None:
    key = wanted.key
    if key is None or (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        return
    what = _("it must have 1 to %(longest)d printable characters") % {"longest": LONGEST_KEY}
    sentence = _("%(field)s cannot be used as an idempotency key.") % {"field": wanted.key_field}
    raise KeyRefused(sentence, errors=[(wanted.key_field, what)])
