"""The account page, tokens, and deletion; django-allauth has the rest."""

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

from accounts import guests
from accounts.forms import DeleteForm, NameForm, TokenForm
from accounts.models import User
from accounts.permissions import user_required
from accounts.tokens import ApiToken


def _user(request: HttpRequest) -> User:
    """The logged-in user of a view behind `user_required`."""
    assert isinstance(request.user, User)
    return request.user


def _sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to; an empty POST is a POST."""
    return request.POST if request.method == "POST" else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """A user's account; for a guest or a new visitor, what an account would change."""
    if not request.user.is_authenticated:
        return render(request, "accounts/guest.html", {"learner": guests.learner_of(request)})
    form = NameForm(_sent(request), instance=User.objects.get(pk=_user(request).pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your name is saved."))
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
    """Makes a token and answers with the one page that ever shows it."""
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
    messages.success(request, _("The token “%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("accounts:tokens")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Deletes the learner of this browser, user or guest, with all that they own."""
    learner = guests.learner_of(request)
    if learner is None:
        return redirect("accounts:account")
    # A guest who waits for a confirmation is asked no password, or the page would tell whether the address was new.
    form = DeleteForm(_sent(request), user=learner if request.user.is_authenticated else None)
    if request.method != "POST" or not form.is_valid():
        page = {"form": form, "learner": learner, "audit_days": settings.LABS_AUDIT_DAYS}
        return render(request, "accounts/delete.html", page, status=422 if form.errors else 200)
    owned = User.objects.get(pk=learner.pk)
    logout(request)
    owned.delete()
    guests.forget_guest(request)
    messages.success(request, _("Everything about you is deleted."))
    return redirect("/")
