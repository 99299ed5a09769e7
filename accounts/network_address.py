"""The network that a request comes from, which rate limits and quotas count."""

from __future__ import annotations

import hashlib
import hmac
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def address_hash(request: HttpRequest) -> str:
    """A keyed hash of the request's network address: it counts requests and cannot identify a person."""
    network = network_of(str(request.META.get("REMOTE_ADDR", "")), request.META.get("HTTP_X_FORWARDED_FOR"))
    return hmac.new(settings.SECRET_KEY.encode(), network.encode(), hashlib.sha256).hexdigest()[:32]


def network_of(address: str, forwarded_for: str | None) -> str:
    """The network that counts as one caller: an IPv4 address, or the /64 network of an IPv6 address.

    One machine may take any address of its /64 network. Behind our proxy the address is the last one that the
    proxy added to X-Forwarded-For. Text that is no address is returned as it is.
    """
    if settings.SECURE_PROXY_SSL_HEADER and forwarded_for is not None:
        address = forwarded_for.rpartition(",")[2].strip()
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
    return str(found)
