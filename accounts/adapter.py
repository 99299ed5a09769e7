"""Where django-allauth asks us: which row a sign-up writes to."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.signing_up import row_for_sign_up


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address and the password do not belong together."),
        "email_taken": _("There is an account with this e-mail address. Log in to it, or reset its password."),
        "too_many_login_attempts": _("Too many attempts with a wrong password. Try again in five minutes."),
    }

    def new_user(self, request: HttpRequest) -> User:
        return row_for_sign_up(request)
