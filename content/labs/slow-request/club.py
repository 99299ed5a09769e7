"""The four services that a sign-up for the tea club calls. Read-only. Each is a server that counts calls."""

import os
from urllib.request import Request, urlopen


def post(server: str, path: str) -> None:
    """Call a service on loopback. Raises `HTTPError` when it refuses with a 503."""
    request = Request(f"{os.environ[server]}/{path}", method="POST")
    urlopen(request, timeout=30).close()


def open_card(member_id: int) -> None:
    """0.05 s. The page after the sign-up shows the card, so it must exist before the response."""
    post("CARDS_URL", f"cards/{member_id}")


def send_welcome(member_id: int) -> None:
    """0.6 s. An e-mail. A few may get lost."""
    post("MAIL_URL", f"welcomes/{member_id}")


def tell_crm(member_id: int) -> None:
    """0.9 s. Marketing's address book, which is compared with the members every night."""
    post("CRM_URL", f"contacts/{member_id}")


def count_signup(member_id: int) -> None:
    """0.5 s. One more on the screen in the office."""
    post("STATS_URL", f"counts/{member_id}")
