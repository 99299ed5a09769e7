"""The account page, tokens and deletion. The other account pages are django-allauth's."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guests import guest_cookie
from accounts.models import User
from accounts.permissions import user_required
from accounts.signing_in.forms import DeleteForm, SettingsForm, TokenForm
from accounts.tokens import ApiToken


def _user(request: HttpRequest) -> User:
    """The user who is logged in, in a view with `user_required`."""
    assert isinstance(request.user, User)
    return request.user


def _sent(request: HttpRequest) -> QueryDict | None:
    """The data that a form is bound to: the POST data, even if they are empty, or None for a GET."""
    return request.POST if request.method == "POST" else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """A user's account. A guest or a new visitor sees what an account would change."""
    if not request.user.is_authenticated:
        return render(request, "accounts/guest.html", {"learner": guest_cookie.learner_of(request)})
    form = SettingsForm(_sent(request), instance=User.objects.get(pk=_user(request).pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your settings are saved."))
        return redirect("accounts:account")
    return render(request, "accounts/account.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_safe
@user_required
def tokens(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/tokens_page.html")


@never_cache
@require_POST
@user_required
def make_token(request: HttpRequest) -> HttpResponse:
    """Makes a token. The response is the only page that shows its secret."""
    user = _user(request)
    form = TokenForm(request.POST, instance=ApiToken(user=user))
    if not form.is_valid():
        return render(request, "accounts/tokens_page.html", {"token_form": form}, status=422)
    made, secret = ApiToken.objects.make(user, form.cleaned_data["name"])
    return render(request, "accounts/tokens_page.html", {"made": made, "secret": secret}, status=201)


@require_POST
@user_required
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk, user=_user(request))
    token.revoke()
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
    return redirect("accounts:tokens")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Deletes the learner of this browser, user or guest, with all that they own."""
    learner = guest_cookie.learner_of(request)
    if learner is None:
        return redirect("accounts:account")
    # The form has no password field for a guest whose address is not confirmed yet. It would reveal whether
    # the address was new.
    form = DeleteForm(_sent(request), user=learner if request.user.is_authenticated else None)
    if request.method != "POST" or not form.is_valid():
        page = {"form": form, "learner": learner, "audit_days": settings.LABS_AUDIT_DAYS}
        return render(request, "accounts/delete.html", page, status=422 if form.errors else 200)
    owned = User.objects.get(pk=learner.pk)
    logout(request)
    owned.delete()
    guest_cookie.forget_guest(request)
    messages.success(request, _("Everything about you is deleted."))
    return redirect("/")
