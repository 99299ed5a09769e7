"""Decorators for views that restrict who may open a page.

Others get the log-in page, or 403 if they are logged in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def _only(view: View[P], allowed: Callable[[User], bool]) -> View[P]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return redirect_to_login(request.get_full_path())
        if not allowed(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return cast("View[P]", guarded)


def user_required(view: View[P]) -> View[P]:
    """People who are logged in; guests are not."""
    return _only(view, lambda user: not user.is_guest)


def instructor_required(view: View[P]) -> View[P]:
    """Instructors and staff."""
    return _only(view, lambda user: user.is_instructor)
