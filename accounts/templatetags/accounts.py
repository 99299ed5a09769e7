"""`{% api_tokens %}` shows the user's tokens, `{% form_field %}` a field with its label, help and errors."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms, template
from django.http import HttpRequest
from django.template.context import RequestContext
from django.urls import reverse

from accounts.models import User
from accounts.signing_in.console_mail import goes_to_console
from accounts.signing_in.forms import TokenForm
from accounts.tokens import ApiToken
from accounts.words.browsers import browser_words

register = template.Library()


@register.inclusion_tag("accounts/tokens.html", takes_context=True)
def api_tokens(context: RequestContext, heading: bool = True) -> dict[str, Any]:
    """The user's tokens with forms to make and revoke them. A guest sees that a token needs an account.

    `heading=False` for a page whose title says it already.
    """
    user = context["request"].user
    live = list(ApiToken.objects.live().filter(user=user)) if isinstance(user, User) else []
    return {
        "tokens": live,
        "user": user,
        "heading": heading,
        "form": context.get("token_form") or TokenForm(instance=ApiToken()),
        "made": context.get("made"),
        "secret": context.get("secret"),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("accounts/form_field.html")
def form_field(field: forms.BoundField, label: str = "", hint: str = "") -> dict[str, Any]:
    """A label, the control, its help and its errors. Django's aria-describedby connects them."""
    widget = field.field.widget
    is_box = isinstance(widget, forms.CheckboxInput)
    extra: dict[str, Any] = {} if is_box else {"class": "input", "placeholder": False}
    return {
        "field": field,
        "label": label or field.label,
        "hint": hint or field.help_text,
        "is_box": is_box,
        "control": field.as_widget(attrs=extra),
    }


register.filter(browser_words)


@register.inclusion_tag("accounts/where_mail_goes.html")
def where_mail_goes() -> dict[str, bool]:
    """A sentence that says where to look for an e-mail of the site."""
    return {"to_console": goes_to_console()}


@register.simple_tag(takes_context=True)
def return_path(context: RequestContext) -> str:
    """Where to go after the log-in: `?next=`, else the page of this site that the visitor came from; "" if
    that is an account page.

    It is only offered to the form, whose view refuses addresses of other sites.
    """
    request: HttpRequest = context["request"]
    if given := request.POST.get("next") or request.GET.get("next"):
        return given
    came_from = urlsplit(request.headers.get("Referer", ""))
    here = reverse("accounts:account")
    if (
        came_from.netloc != request.get_host()
        or came_from.path.startswith(here)
        or not came_from.path.startswith("/")
    ):
        return ""
    return came_from.path + (f"?{came_from.query}" if came_from.query else "")


@register.filter
def initials(user: object) -> str:
    """Two letters for the avatar: of the public name, else of the address."""
    name = str(getattr(user, "public_name", "") or getattr(user, "email", "") or "?")
    words = [word for word in name.replace("@", " ").replace(".", " ").replace("_", " ").split() if word]
    letters = "".join(word[0] for word in words[:2]) if len(words) > 1 else name[:2]
    return letters.upper()
