"""How many runs one learner, one address and the whole site may have."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from labs.models import Run
from labs.querysets import RunQuerySet

WINDOW = timedelta(hours=1)
TRY_AGAIN = 5
"""Seconds to wait when a run has to end first: labs take 10 to 40 s."""
LOCK = 0x6C616273
"""The advisory lock of PostgreSQL under which runs are counted: "labs", and no other meaning."""


class TooMany(Exception):
    """Another run would be too many. `retry_after` in seconds."""

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.sentence, self.retry_after = sentence, retry_after


def address_of(request: HttpRequest) -> str:
    """A keyed hash of the caller's address: enough to count, useless to find somebody."""
    caller = household(str(request.META.get("REMOTE_ADDR", "")), request.META.get("HTTP_X_FORWARDED_FOR"))
    return hmac.new(settings.SECRET_KEY.encode(), caller.encode(), hashlib.sha256).hexdigest()[:32]


def household(address: str, forwarded_for: str | None) -> str:
    """Who counts as one caller: an address, of IPv6 the network of 64 bits, in which one machine may take any address that
    it likes. Behind our proxy the address is the last that it added to X-Forwarded-For."""
    if settings.SECURE_PROXY_SSL_HEADER and forwarded_for is not None:
        address = forwarded_for.rpartition(",")[2].strip()
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
    return str(found)


def check(learner: User, address: str) -> None:
    """Raises `TooMany`. To be called in the transaction that makes the run, with the learner's row locked."""
    live = Run.objects.of(learner).live().count()
    if live >= settings.LABS_LIVE_RUNS_PER_LEARNER:
        sentence = ngettext(
            "You have %(number)d run under way; wait for it to end, or stop it.",
            "You have %(number)d runs under way; wait for one to end, or stop one.",
            live,
        )
        raise TooMany(sentence % {"number": live}, TRY_AGAIN)
    recent = Run.objects.filter(queued_at__gt=timezone.now() - WINDOW)
    mine = _("You may start at most %(number)d runs in an hour.")
    _check_hour(recent.filter(learner=learner), settings.LABS_RUNS_PER_HOUR_PER_LEARNER, mine)
    _one_at_a_time()  # from here on others are counted, who press the button at the same moment
    _check_queue(learner, address)
    ours = _("At most %(number)d runs may be started from your network in an hour.")
    _check_hour(recent.filter(address=address), settings.LABS_RUNS_PER_HOUR_PER_ADDRESS, ours)


def _one_at_a_time() -> None:
    """Until the transaction ends nobody else gets past this. SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _check_queue(learner: User, address: str) -> None:
    """Guests, whom anybody makes as many of as he likes, leave half of the queue to people with accounts, and those of one
    address three quarters of it to others."""
    waiting, most = Run.objects.live().queued(), settings.LABS_QUEUE_LIMIT
    if waiting.count() >= most:
        raise TooMany(_("Too many runs wait for a place; try again in a moment."), TRY_AGAIN)
    if not learner.is_guest:
        return
    of_guests = waiting.filter(learner__is_guest=True)
    if of_guests.count() >= (most + 1) // 2:
        raise TooMany(_("Too many runs of guests wait for a place; log in, or try again in a moment."), TRY_AGAIN)
    beside = of_guests.filter(address=address).exclude(address="")
    if beside.count() >= max(most // 4, settings.LABS_LIVE_RUNS_PER_LEARNER):
        raise TooMany(_("Too many runs of guests of your network wait; log in, or try again in a moment."), TRY_AGAIN)


def _check_hour(recent: RunQuerySet, most: int, sentence: str) -> None:
    """`recent` are the starts of the last hour; when they are too many, one is free again when the oldest that fills the
    quota is an hour old."""
    starts = list(recent.order_by("queued_at").values_list("queued_at", flat=True))
    if len(starts) >= most:
        free = starts[len(starts) - most] + WINDOW - timezone.now() if most else WINDOW
        raise TooMany(sentence % {"number": most}, int(free.total_seconds()) + 1)
