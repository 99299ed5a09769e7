"""A new password: the forms, how long the request for a reset takes, and the end of the API tokens."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import signals
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import ResetPasswordKeyForm as AllauthResetPasswordKeyForm
from allauth.account.forms import SetPasswordForm as AllauthSetPasswordForm
from django import forms
from django.contrib import messages
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import ApiToken, User

KEEP = "keep_tokens"
STEP = 0.25
"""Seconds. The response to a request for a reset comes a whole number of steps after the request."""


def _keep_tokens() -> forms.BooleanField:
    return forms.BooleanField(
        required=False,
        label=gettext_lazy("Keep my API tokens"),
        help_text=gettext_lazy(
            "Otherwise they are revoked now. Keep them only if nobody else has seen them."
        ),
    )


class ChangePasswordForm(AllauthChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    keep_tokens = _keep_tokens()


class SetPasswordForm(AllauthSetPasswordForm):  # type: ignore[misc]  # allauth has no types
    keep_tokens = _keep_tokens()


class ResetPasswordKeyForm(AllauthResetPasswordKeyForm):  # type: ignore[misc]  # allauth has no types
    keep_tokens = _keep_tokens()


class ResetPasswordForm(AllauthResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """Takes as long for an address without an account as for one with an account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._began = time.monotonic()

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = super().save(request, **kwargs)
        # What differs, some milliseconds, is far less than a step. At most 20 requests an hour from one
        # address come here, so the wait holds a thread of the server rarely.
        time.sleep(STEP - (time.monotonic() - self._began) % STEP)
        return email


@receiver(signals.password_changed, dispatch_uid="accounts.end_tokens.changed")
@receiver(signals.password_set, dispatch_uid="accounts.end_tokens.set")
@receiver(signals.password_reset, dispatch_uid="accounts.end_tokens.reset")
def end_tokens(sender: type[User], request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Revoke the user's API tokens with the old password, unless the form asked to keep them, and say so."""
    if request.POST.get(KEEP):
        return
    revoked = ApiToken.objects.filter(user=user).revoke_all()
    if revoked:
        sentence = ngettext(
            "Your API token was revoked with the old password.",
            "Your %(number)d API tokens were revoked with the old password.",
            revoked,
        )
        messages.info(request, sentence % {"number": revoked}, fail_silently=True)
