"""Who is learning: the logged-in user, or the guest whom a signed cookie names. Guests are never logged in.

A guest's row is made at the first thing worth keeping (`ensure_learner`), so that readers and robots leave no rows.
The cookie carries the row's random key, signed with a time: a forged, altered or expired cookie names nobody.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast, overload

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac

from accounts.models import User

COOKIE = "guest"
SALT = "accounts.guests.cookie"
RENEW_AFTER = timedelta(days=30)
_COOKIE_STATE = "_guest_cookie"


@dataclass(frozen=True)
class _Keep:
    """The response shall set the cookie of this guest."""

    guest: User


class _Forget:
    """The response shall delete the cookie."""


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=SALT)


def signed(guest: User) -> str:
    """The cookie's value for a guest."""
    return _signer().sign(str(guest.guest_key))


def key_of_cookie(request: HttpRequest, *, max_age: timedelta | None = None) -> uuid.UUID | None:
    """The key in the request's guest cookie, or None where there is none, it is not ours, or it is older than `max_age`."""
    try:
        return uuid.UUID(
            _signer().unsign(request.COOKIES.get(COOKIE, ""), max_age=max_age or settings.GUEST_COOKIE_AGE)
        )
    except (signing.BadSignature, ValueError):
        return None


def guest_of_cookie(request: HttpRequest) -> User | None:
    """The guest whom the cookie names; None once that guest has become a user."""
    key = key_of_cookie(request)
    if key is None:
        return None
    found = User.objects.of_guest_key(key)
    if found is not None and key_of_cookie(request, max_age=RENEW_AFTER) is None:
        keep_guest(request, found)
    return found


def learner_of(request: HttpRequest) -> User | None:
    """`request.learner`, typed: the logged-in user, the guest, or None."""
    return cast("User | None", cast("Any", request).learner)


def ensure_learner(request: HttpRequest) -> User:
    """`request.learner`; where there is none yet, a new guest, whose cookie the response will set."""
    learner = learner_of(request)
    if learner is None:
        learner = User.objects.create_guest(_key_of_first_visit(request))
        keep_guest(request, learner)
        remember_learner(request, learner)
    return learner


def _key_of_first_visit(request: HttpRequest) -> uuid.UUID | None:
    """The same key for the requests of a double click, which both come without a guest's cookie: it is made from the secret
    of the form that was sent twice, and from ours."""
    secret = request.COOKIES.get(settings.CSRF_COOKIE_NAME)
    return uuid.UUID(bytes=salted_hmac(SALT, secret, algorithm="sha256").digest()[:16]) if secret else None


def remember_learner(request: HttpRequest, learner: User) -> None:
    """From here on `request.learner` is this one."""
    request.__dict__["learner"] = learner


def keep_guest(request: HttpRequest, guest: User) -> None:
    if guest.guest_key is not None:
        setattr(request, _COOKIE_STATE, _Keep(guest))


def forget_guest(request: HttpRequest) -> None:
    """The response deletes the cookie; the row is not touched."""
    setattr(request, _COOKIE_STATE, _Forget())


class CurrentLearner:
    """`request.learner`, found at the first look: a page that does not look costs no query.

    It is a descriptor of the class, because a lazy object in the instance could never be `None` itself.
    """

    @overload
    def __get__(self, request: None, owner: Any) -> CurrentLearner: ...
    @overload
    def __get__(self, request: HttpRequest, owner: Any) -> User | None: ...
    def __get__(self, request: HttpRequest | None, owner: Any) -> CurrentLearner | User | None:
        if request is None:
            return self
        user = getattr(request, "user", None)
        learner = user if isinstance(user, User) else guest_of_cookie(request)
        request.__dict__["learner"] = learner
        return learner


HttpRequest.learner = CurrentLearner()  # type: ignore[attr-defined]


class LearnerMiddleware:
    """Sets and deletes the guest's cookie on the way out; belongs after AuthenticationMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if "learner" in request.__dict__:
            patch_vary_headers(response, ["Cookie"])
        match getattr(request, _COOKIE_STATE, None):
            case _Keep(guest):
                response.set_cookie(
                    COOKIE,
                    signed(guest),
                    max_age=settings.GUEST_COOKIE_AGE,
                    httponly=True,
                    samesite="Lax",
                    secure=settings.SESSION_COOKIE_SECURE,
                )
            case _Forget():
                response.delete_cookie(COOKIE, samesite="Lax")
        return response
