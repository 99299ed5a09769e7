"""Forms of the account pages: those that django-allauth lacks, and its sign-up form without a race."""

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
from accounts.words.clock import present_name, zone_names


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # allauth has no types
    """Saves a sign-up in one transaction. A double click gets the same response as the first click."""

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


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # at run time it takes no parameter
    """The name that others see, and the time zone of all times on the pages."""

    time_zone = forms.TypedChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [("", _("The time zone of the browser")), *((name, name) for name in zone_names())],
        help_text=_("Every page shows times in this zone."),
    )

    class Meta:
        model = User
        fields = ["name", "time_zone"]
        help_texts = {
            "name": _("Shown beside your answers and runs. Other learners never see your e-mail address.")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["time_zone"] = present_name(self.instance.time_zone)


class DeleteForm(forms.Form):
    """A user enters the password, a guest only ticks the box. `user` is to be deleted; None for a guest."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    sure = forms.BooleanField(label=_("Delete everything. I know that this cannot be undone."))

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


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]  # at run time it takes no parameter
    class Meta:
        model = ApiToken
        fields = ["name"]
        labels = {"name": _("What is it for?")}
        help_texts = {"name": _("For example the machine or the script that will use it.")}

    def clean(self) -> dict[str, Any]:
        if self.instance.user.api_tokens.live().count() >= MOST_TOKENS:
            raise forms.ValidationError(
                _("You have %(most)d tokens already. Revoke one that you do not use."),
                params={"most": MOST_TOKENS},
            )
        return super().clean() or self.cleaned_data
