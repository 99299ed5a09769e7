"""What happens to a guest's rows when the guest logs in to an existing account.

`accounts` cannot import the models of a guest's rows, so each app registers a merger (in its `merging.py`,
which its AppConfig.ready imports). A merger gives the guest's rows to the user. Where both have a row, such
as two records of one lesson, it makes one of them: the unique constraints of its tables must hold afterwards.
Rows that no merger moved are deleted with the guest.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from accounts.models import User

Merger = Callable[[User, User], None]
_mergers: list[Merger] = []


def merger(function: Merger) -> Merger:
    """Register `function(guest, user)`. Mergers run in the order of registration: lower apps first."""
    if function not in _mergers:
        _mergers.append(function)
    return function


def merge(guest: User, user: User) -> None:
    """Give all that the guest owns to the user and delete the guest, in one transaction.

    Raises ValueError if `guest` is not a guest or `user` is one.
    """
    if not guest.is_guest or user.is_guest:
        raise ValueError("merge() takes a guest and a user, in this order")
    with transaction.atomic():
        locked = User.objects.guests().select_for_update().filter(pk=guest.pk).first()
        if locked is None:
            return  # another tab's log-in was first
        for function in _mergers:
            function(locked, user)
        locked.delete()
