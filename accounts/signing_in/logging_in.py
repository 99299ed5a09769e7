"""What a log-in does with guests: the first one makes a guest a user, and every one merges the guest of the
cookie into the user and deletes the cookie.
"""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.guests import guest_cookie
from accounts.guests.merging import merge
from accounts.models import User
from accounts.signing_in.signing_up import reclaim

log = logging.getLogger(__name__)


@receiver(user_logged_in, dispatch_uid="accounts.bring_guest_along")
def bring_guest_along(sender: type[User], request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """An error in a merger must not prevent the log-in: the guest and the cookie are kept, and the next
    log-in tries again.
    """
    known = guest_cookie.guest_of_cookie(request)
    if user.is_guest:
        user.upgrade()
    if known is not None and known.pk != user.pk:
        try:
            _merge(known, user)
        except Exception:
            log.exception("guest %s could not be merged into user %s", known.pk, user.pk)
            sorry = _(
                "What you did before logging in could not be added to your account. "
                "It is kept; we will try again at your next log-in."
            )
            messages.error(request, sorry, fail_silently=True)
            return
    if guest_cookie.COOKIE in request.COOKIES:
        guest_cookie.forget_guest(request)
    guest_cookie.remember_learner(request, user)


def _merge(known: User, user: User) -> None:
    with transaction.atomic():
        guest = reclaim(known)
        if guest is not None:
            merge(guest, user)
