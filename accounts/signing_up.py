"""From guest to user: a sign-up takes over the guest's row, so that everything the guest owns stays where it is."""

from __future__ import annotations

import uuid

from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest

from accounts import guests
from accounts.models import User


def reclaim(guest: User) -> User | None:
    """The guest's row, locked, without e-mail and password; None where they are confirmed or it is no guest any more.

    A sign-up with a mistyped address is never confirmed. Whoever holds the cookie may sign up once more with the same
    row or log in elsewhere. Call it in a transaction.
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
    """The row of the cookie's guest, or a new guest's; the first log-in makes it a user's."""
    with transaction.atomic():
        known = guests.guest_of_cookie(request)
        return (reclaim(known) if known else None) or User(is_guest=True, guest_key=uuid.uuid4())
