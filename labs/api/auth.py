"""Who calls the API: a script with its token, or a browser with its session or guest cookie and a CSRF
token.
"""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from accounts.guests.guest_cookie import learner_of
from accounts.models import ApiToken, User
from labs.models.run import Via
from labs.problem_documents import ApiProblem

Caller = User | AnonymousUser
VIA_ATTRIBUTE = "_via"


class Token(HttpBearer):
    """`Authorization: Bearer <token>`. An unknown token is a 401, whatever cookies came with it."""

    def authenticate(self, request: HttpRequest, token: str) -> User:
        user = ApiToken.objects.resolve(token)
        if user is None:
            raise ApiProblem(
                401, _("This token is unknown or revoked; a learner makes tokens on the page “My progress”.")
            )
        setattr(request, VIA_ATTRIBUTE, Via.TOKEN)
        return user


class Browser(APIKeyCookie):
    """The session or the guest cookie. A request that changes something needs the CSRF token too."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Caller:
        if check_csrf(request) is not None:
            raise ApiProblem(
                403, _("The CSRF token is missing or wrong: send it as X-CSRFToken, or use a token.")
            )
        return learner_of(request) or AnonymousUser()

    def authenticate(self, request: HttpRequest, key: str | None) -> None:
        """Not used: `__call__` above decides."""


anyone = [Token(), Browser()]


def via_of(request: HttpRequest) -> Via:
    """Was the caller recognised by a token, or by a browser's cookies?"""
    return getattr(request, VIA_ATTRIBUTE, Via.BROWSER)


def caller_of(request: HttpRequest) -> User | None:
    """The learner whom Ninja recognised before it called the operation; None for a visitor."""
    caller: Caller = cast("Any", request).auth
    return caller if isinstance(caller, User) else None
