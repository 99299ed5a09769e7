"""Our answers to django-allauth's questions, such as which row a sign-up writes to."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.signing_in.console_mail import show_link
from accounts.signing_in.signing_up import row_for_sign_up


@dataclass(frozen=True)
class Site:
    """What the templates of e-mails ask of a site."""

    domain: str

    @property
    def name(self) -> str:
        return self.domain


def _on_this_site(link: str) -> str:
    """The same address on `SITE_ORIGIN`."""
    _, _, path, query, _ = urlsplit(link)
    return f"{settings.SITE_ORIGIN}{path}{'?' if query else ''}{query}"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password is wrong."),
        "email_taken": _(
            "There is an account with this e-mail address. Log in to it, or reset its password."
        ),
        "too_many_login_attempts": _("Too many attempts with a wrong password. Try again in five minutes."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        """Send an e-mail whose links lead to `SITE_ORIGIN`, whatever host name the request had."""
        links = {name: _on_this_site(str(link)) for name, link in context.items() if name.endswith("_url")}
        site = Site(urlsplit(settings.SITE_ORIGIN).netloc)
        super().send_mail(template_prefix, email, {**context, **links, "current_site": site})
        show_link(self.request, context)

    def new_user(self, request: HttpRequest) -> User:
        return row_for_sign_up(request)
