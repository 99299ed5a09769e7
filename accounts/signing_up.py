"""From guest to user: a sign-up takes over the guest's row, so that everything the guest owns stays where it is."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest

from accounts import guests
from accounts.models import User


def reclaim(row: User) -> User | None:
    """The row of a guest cookie as a guest, locked; None where it belongs to an account by now.

    A sign-up with a mistyped address is never confirmed. As long as nobody logged in to it, whoever holds the
    cookie may take the row back and sign up once more or log in elsewhere. Call it in a transaction.
    """
    locked = User.objects.select_for_update().filter(pk=row.pk, guest_key__isnull=False).first()
    if locked is None or locked.is_guest:
        return locked
    addresses = EmailAddress.objects.filter(user=locked)
    if locked.last_login is not None or addresses.filter(verified=True).exists():
        return None
    addresses.delete()
    locked.is_guest, locked.email = True, None
    locked.set_unusable_password()
    locked.save(update_fields=["is_guest", "email", "password"])
    return locked


def row_for_sign_up(request: HttpRequest) -> User:
    """The guest's row, to be upgraded, or a new one."""
    with transaction.atomic():
        known = guests.guest_of_cookie(request)
        return (reclaim(known) if known else None) or User()
