"""The link of an e-mail, for a person who runs the site on their own computer without a mail server."""

from __future__ import annotations

import re
from ipaddress import ip_address

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _

LINKS = ("activate_url", "password_reset_url", "signup_url")
"""What django-allauth calls the link of an e-mail, by kind."""
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


def goes_to_console() -> bool:
    """Whether e-mails are printed by the web server instead of sent."""
    return str(settings.EMAIL_BACKEND).endswith(".console.EmailBackend")


def is_local(request: HttpRequest) -> bool:
    """Whether the browser runs on the computer of the site. A request through a proxy never counts.

    Behind a proxy on the same computer everybody's address is 127.0.0.1, and the link of a password reset
    must not be shown to everybody. So the name in the address bar has to be local too, and no header of a
    proxy may be there.
    """
    behind_proxy = bool(settings.SECURE_PROXY_SSL_HEADER)
    if behind_proxy or any(name in request.headers for name in FORWARDED):
        return False
    name = re.sub(r":\d+\Z", "", request.get_host())
    try:
        local_address = ip_address(request.META["REMOTE_ADDR"]).is_loopback
    except (KeyError, ValueError):
        return False
    return local_address and name in ("localhost", "127.0.0.1", "[::1]")


def show_link(request: HttpRequest, context: dict[str, object]) -> None:
    """Put the e-mail's link into a message on the next page, if the reader runs the site."""
    link = next((str(context[name]) for name in LINKS if context.get(name)), "")
    if link and goes_to_console() and is_local(request):
        text = _("This site has no mail server. You run it on this computer, so you can")
        messages.info(
            request, format_html('{} <a href="{}">{}</a>.', text, link, _("open the link of the e-mail"))
        )
