"""Forms of the account pages that django-allauth does not have, or where a race needs an answer."""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.tokens import MOST_TOKENS, ApiToken


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # allauth has no types
    """Writes all of a sign-up or nothing; a double click is answered like the first click."""

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if self.account_already_exists:
            User().set_password(self.cleaned_data["password1"])  # as slow as for a new address
        try:
            user, response = super().try_save(request)
        except IntegrityError:  # another request took the address after this form was checked
            return None, self._as_if_taken_before(request)
        return user, response

    def save(self, request: HttpRequest) -> User:
        with transaction.atomic():
            user: User = super().save(request)
        return user

    def _as_if_taken_before(self, request: HttpRequest) -> HttpResponse:
        if app_settings.EMAIL_VERIFICATION == app_settings.EmailVerificationMethod.MANDATORY:
            response: HttpResponse = get_adapter().respond_email_verification_sent(request, None)
            return response
        return redirect("account_login")


class NameForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["name"]
        help_texts = {"name": _("Shown beside your answers and runs. Other learners never see your e-mail address.")}


class DeleteForm(forms.Form):
    """For a user the password, for a guest only the box; `user` is who would be deleted, None for a guest."""

    password = forms.CharField(
        label=_("Your password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    sure = forms.BooleanField(label=_("Delete everything; I know that it cannot be brought back"))

    def __init__(self, *args: Any, user: User | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if user is None or not user.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise forms.ValidationError(_("This is not the password of the account."), code="wrong")
        return password


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ApiToken
        fields = ["name"]
        labels = {"name": _("What is it for?")}
        help_texts = {"name": _("For example the machine or the script that will use it.")}

    def clean(self) -> dict[str, Any]:
        if self.instance.user.api_tokens.live().count() >= MOST_TOKENS:
            raise forms.ValidationError(
                _("You have %(most)d tokens already. Revoke one that you do not use."), params={"most": MOST_TOKENS}
            )
        return super().clean() or self.cleaned_data
