"""Who calls the API: a script by its token, or a browser by its session or guest cookie and a CSRF token."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from accounts.guests import ensure_learner, learner_of
from accounts.models import ApiToken, User
from labs.models.run import Via
from labs.problem_documents import ApiProblem

Caller = User | AnonymousUser
WAY = "_way"


class Token(HttpBearer):
    """`Authorization: Bearer <token>`; a token that opens nothing is 401, whatever cookies came with it."""

    def authenticate(self, request: HttpRequest, token: str) -> User:
        user = ApiToken.objects.resolve(token)
        if user is None:
            raise ApiProblem(
                401, _("This token is unknown or revoked; a learner makes tokens on the page “My progress”.")
            )
        setattr(request, WAY, Via.TOKEN)
        return user


class Browser(APIKeyCookie):
    """The session or the guest cookie; what changes something needs the CSRF token, too."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Caller:
        if check_csrf(request) is not None:
            raise ApiProblem(403, _("The CSRF token is missing or wrong: send it as X-CSRFToken, or use a token."))
        return learner_of(request) or AnonymousUser()

    def authenticate(self, request: HttpRequest, key: str | None) -> None:
        """Not used: `__call__` above decides."""


anyone = [Token(), Browser()]


def way_of(request: HttpRequest) -> Via:
    """How the caller was recognised."""
    return getattr(request, WAY, Via.BROWSER)


def may_start(request: HttpRequest, caller: Caller) -> User:
    """The learner for whom a run starts: a guest is made where guests may; raises `ApiProblem` where they may not."""
    if isinstance(caller, User) and not caller.is_guest:
        return caller
    if not settings.LABS_GUEST_RUNS:
        raise ApiProblem(403, _("Guests may not start runs here: sign up, or send a token."))
    return ensure_learner(request)
