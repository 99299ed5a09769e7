"""What happens to a guest's things when the guest logs in to an account that exists already.

`accounts` cannot import what a guest owns, so each room registers a merger (in its `merging.py`, imported by its
AppConfig.ready). A merger gives the guest's rows to the user and settles rows that both have, such as two records of
one lesson: the unique constraints of its tables must hold afterwards. What no merger moved is deleted with the guest.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from accounts.models import User

Merger = Callable[[User, User], None]
_mergers: list[Merger] = []


def merger(function: Merger) -> Merger:
    """Register `function(guest, user)`; mergers run in the order of their registration, rooms above after rooms below."""
    if function not in _mergers:
        _mergers.append(function)
    return function


def merge(guest: User, user: User) -> None:
    """Give all that the guest owns to the user and delete the guest: all of it or, if a merger fails, nothing.

    Raises ValueError where `guest` is no guest or `user` is one.
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
