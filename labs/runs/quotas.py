"""How many runs one learner, one address and the whole site may have."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from labs.models import Run
from labs.models.querysets import RunQuerySet
from labs.runs.refusals import TooManyRuns

WINDOW = timedelta(hours=1)
RETRY_AFTER_FULL = 5
"""Seconds to wait when a run has to end first: runs take 10 to 40 s."""
LOCK = 0x6C616273
"""Number of the advisory lock of PostgreSQL under which runs are counted. The bytes spell "labs"."""


def check(learner: User, address: str) -> None:
    """Raise `TooManyRuns` if another run would exceed a quota. The caller holds a transaction that inserts
    the run, and a lock on the learner's row.
    """
    # A run that the site itself repeats, because the machine was too busy to judge it, is not counted.
    live = Run.objects.of(learner).live().filter(alone=False).count()
    if live >= settings.LABS_LIVE_RUNS_PER_LEARNER:
        sentence = ngettext(
            "You have %(number)d run under way; wait for it to end, or stop it.",
            "You have %(number)d runs under way; wait for one to end, or stop one.",
            live,
        )
        raise TooManyRuns(sentence % {"number": live}, retry_after=RETRY_AFTER_FULL)
    recent = Run.objects.filter(queued_at__gt=timezone.now() - WINDOW)
    of_learner = _("You may start at most %(number)d runs in an hour.")
    _check_hour(recent.filter(learner=learner), settings.LABS_RUNS_PER_HOUR_PER_LEARNER, of_learner)
    # The counts below include runs of other learners, so other starts have to wait until this one commits.
    _lock_counts()
    _check_queue(learner, address)
    of_address = _("At most %(number)d runs may be started from your network in an hour.")
    _check_hour(recent.filter(address=address), settings.LABS_RUNS_PER_HOUR_PER_ADDRESS, of_address)


def _lock_counts() -> None:
    """Let one transaction at a time go on from here. SQLite needs no lock, because it has one writer."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _check_queue(learner: User, address: str) -> None:
    """Check the limit of the queue. Anybody can create guests, so all guests together may fill at most half
    of the queue, and the guests of one address at most a quarter.
    """
    waiting, most = Run.objects.live().queued(), settings.LABS_QUEUE_LIMIT
    if waiting.count() >= most:
        raise TooManyRuns(
            _("The queue of runs is full. Try again in a moment."), retry_after=RETRY_AFTER_FULL
        )
    if not learner.is_guest:
        return
    of_guests = waiting.filter(learner__is_guest=True)
    if of_guests.count() >= (most + 1) // 2:
        raise TooManyRuns(
            _("Too many runs of guests are waiting. Log in, or try again in a moment."),
            retry_after=RETRY_AFTER_FULL,
        )
    same_address = of_guests.filter(address=address).exclude(address="")
    if same_address.count() >= max(most // 4, settings.LABS_LIVE_RUNS_PER_LEARNER):
        raise TooManyRuns(
            _("Too many runs of guests from your network are waiting. Log in, or try again in a moment."),
            retry_after=RETRY_AFTER_FULL,
        )


def _check_hour(recent: RunQuerySet, most: int, sentence: str) -> None:
    """Check a quota of `most` starts an hour. `recent` are the starts of the last hour. A start is possible
    again when the oldest start that fills the quota is an hour old.
    """
    starts = list(recent.order_by("queued_at").values_list("queued_at", flat=True))
    if len(starts) >= most:
        free = starts[len(starts) - most] + WINDOW - timezone.now() if most else WINDOW
        raise TooManyRuns(sentence % {"number": most}, retry_after=int(free.total_seconds()) + 1)
