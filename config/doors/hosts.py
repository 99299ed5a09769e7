"""Which host names this site has: Django checks pages, this checks the feed, and e-mails name one of them."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from config.doors.bounds import Refused


def check_host(scope: MutableMapping[str, Any]) -> None:
    """Raise `Refused` for a request whose Host is not one of `ALLOWED_HOSTS`.

    A page of another site can give its own name our address (DNS rebinding). Its scripts could then read what
    this site responds to that name.
    """
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    name, _ = split_domain_port(hosts[0].decode("latin-1").lower() if len(hosts) == 1 else "")
    if not name or not validate_host(name, settings.ALLOWED_HOSTS):
        raise Refused(400, "This site has no such host name.")
