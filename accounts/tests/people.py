"""People for tests of every room; nobody hashes a password, so sign in with `client.force_login`."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.test import Client

from accounts.guests import guest_cookie
from accounts.models import User

_numbers = count(1)


def make_learner(**overrides: Any) -> User:
    """A user with a new e-mail address."""
    return User.objects.create_user(**{"email": f"learner-{next(_numbers)}@example.org", **overrides})


def make_instructor(**overrides: Any) -> User:
    return make_learner(**{"role": User.Role.INSTRUCTOR, **overrides})


def make_staff(**overrides: Any) -> User:
    return make_learner(**{"is_staff": True, "is_superuser": True, **overrides})


def make_guest() -> User:
    return User.objects.create_guest()


def client_of(learner: User | None) -> Client:
    """A browser of this person; of a guest, with the guest's cookie; of None, a new visitor's."""
    client = Client()
    if learner is not None and learner.is_guest:
        client.cookies[guest_cookie.COOKIE] = guest_cookie.signed(learner)
    elif learner is not None:
        client.force_login(learner)
    return client
