"""The learner of a request: the user who is logged in, or the guest of a signed cookie. Guests never log in.

The guest's row is created with the first record to keep (`ensure_learner`), so visitors who only read, and
robots, leave no rows. The cookie contains the row's random key with a signed time. A forged, altered or
expired cookie is ignored.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast, overload

from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import CSRF_TOKEN_LENGTH
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.network_address import address_hash

COOKIE: str = settings.GUEST_COOKIE_NAME
SALT = "accounts.guests.cookie"
RENEW_AFTER = timedelta(days=30)
_COOKIE_STATE = "_guest_cookie"
PERSONAL = "private, no-store"


@dataclass(frozen=True)
class _Keep:
    """The response sets the cookie of this guest."""

    guest: User


class _Forget:
    """The response deletes the cookie."""


def _is_personal(request: HttpRequest) -> bool:
    """Whether the response is about one person, as far as can be said without a query."""
    if "learner" in request.__dict__:
        return learner_of(request) is not None or hasattr(request, _COOKIE_STATE)
    return COOKIE in request.COOKIES or settings.SESSION_COOKIE_NAME in request.COOKIES


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=SALT)


def signed(guest: User) -> str:
    """The cookie's value for a guest."""
    return _signer().sign(str(guest.guest_key))


def key_of_cookie(request: HttpRequest, *, max_age: timedelta | None = None) -> uuid.UUID | None:
    """The key in the request's guest cookie. None if there is no cookie, its signature is wrong, or it is
    older than `max_age`.
    """
    try:
        return uuid.UUID(
            _signer().unsign(request.COOKIES.get(COOKIE, ""), max_age=max_age or settings.GUEST_COOKIE_AGE)
        )
    except (signing.BadSignature, ValueError):
        return None


def guest_of_cookie(request: HttpRequest) -> User | None:
    """The guest of the cookie; None once that guest has become a user."""
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
    """`request.learner`, or a new guest if there is none yet. The response then sets the guest's cookie."""
    learner = learner_of(request)
    if learner is None:
        learner = User.objects.create_guest(_key_of_first_visit(request))
        keep_guest(request, learner)
        remember_learner(request, learner)
    return learner


def _key_of_first_visit(request: HttpRequest) -> uuid.UUID | None:
    """The same key for both requests of a double click, neither of which has a guest's cookie.

    The key is made from the token of the page's form and our own secret. Each page has another token, so that
    only what was sent from one page makes one guest. The CSRF cookie alone would not do: another site of the
    same domain can plant one in two browsers. None where the request holds the cookie's own secret instead.
    """
    secret = request.COOKIES.get(settings.CSRF_COOKIE_NAME)
    token = request.META.get(settings.CSRF_HEADER_NAME) or request.POST.get("csrfmiddlewaretoken", "")
    if not secret or len(token) != CSRF_TOKEN_LENGTH:
        return None
    seen = json.dumps([secret, token, address_hash(request)])
    return uuid.UUID(bytes=salted_hmac(SALT, seen, algorithm="sha256").digest()[:16])


def remember_learner(request: HttpRequest, learner: User) -> None:
    """Make this learner `request.learner`."""
    request.__dict__["learner"] = learner


def keep_guest(request: HttpRequest, guest: User) -> None:
    if guest.guest_key is not None:
        setattr(request, _COOKIE_STATE, _Keep(guest))


def forget_guest(request: HttpRequest) -> None:
    """The response deletes the cookie; the row is not touched."""
    setattr(request, _COOKIE_STATE, _Forget())


class CurrentLearner:
    """`request.learner`, found at the first access: a page that does not use it costs no query.

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
        if isinstance(user, SimpleLazyObject):
            # A page asks the user for something a hundred times, each time through the lazy object.
            user = request.user = get_user(request)
        learner = user if isinstance(user, User) else guest_of_cookie(request)
        request.__dict__["learner"] = learner
        return learner


HttpRequest.learner = CurrentLearner()  # type: ignore[attr-defined]


class LearnerMiddleware:
    """Sets or deletes the guest's cookie of a response, and lets nobody keep a response that is about one
    person. Place it after AuthenticationMiddleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if "learner" in request.__dict__:
            patch_vary_headers(response, ["Cookie"])
        if _is_personal(request):
            response.headers.setdefault("Cache-Control", PERSONAL)
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
