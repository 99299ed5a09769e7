"""A sign-up writes into the guest's row, so that nothing that the guest owns has to move."""

from __future__ import annotations

import uuid

from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest

from accounts.guests import guest_cookie
from accounts.models import User


def reclaim(guest: User) -> User | None:
    """Lock the guest's row and clear its e-mail and password. None if the address is confirmed or the row is
    not a guest any longer.

    A mistyped address is never confirmed. The browser with the guest's cookie may then sign up again with the
    same row, or log in to another account. Call it in a transaction.
    """
    locked = User.objects.guests().select_for_update().filter(pk=guest.pk).first()
    if locked is None or locked.email is None:
        return locked
    addresses = EmailAddress.objects.filter(user=locked)
    if addresses.filter(verified=True).exists():
        return None
    addresses.delete()
    locked.email = None
    locked.set_unusable_password()
    locked.save(update_fields=["email", "password"])
    return locked


def row_for_sign_up(request: HttpRequest) -> User:
    """The row of the cookie's guest, or a new guest. The first log-in makes it a user."""
    with transaction.atomic():
        known = guest_cookie.guest_of_cookie(request)
        return (reclaim(known) if known else None) or User(is_guest=True, guest_key=uuid.uuid4())
