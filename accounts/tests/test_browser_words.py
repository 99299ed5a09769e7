from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from accounts.words.browsers import browser_words

MOZILLA = "Mozilla/5.0"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"{MOZILLA} (Windows NT 10.0; Win64; x64) {CHROME}", "Chrome on Windows"),
        (f"{MOZILLA} (Windows NT 10.0; Win64; x64) {CHROME} Edg/130.0", "Edge on Windows"),
        (f"{MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (f"{MOZILLA} (Linux; Android 14; Pixel 8) {CHROME}", "Chrome on Android"),
        (f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari on macOS"),
        (
            f"{MOZILLA} (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/130.0 Safari/604.1",
            "Chrome on iPhone",
        ),
        ("curl/8.5.0", "curl"),
        ("", "unknown browser"),
        ("<script>", "unknown browser"),
    ],
)
def test_a_browser_and_its_system_are_named(user_agent: str, words: str) -> None:
    assert browser_words(user_agent) == words


@pytest.mark.django_db
def test_the_page_of_sessions_names_the_browser() -> None:
    User.objects.create_user("ada@example.org", "a long and odd phrase")
    client = Client(headers={"user-agent": f"{MOZILLA} (Windows NT 10.0) {CHROME}"})
    client.post("/accounts/login/", {"login": "ada@example.org", "password": "a long and odd phrase"})
    assert ">Chrome on Windows" in client.get("/accounts/sessions/").content.decode()
