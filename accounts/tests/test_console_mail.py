"""Where mail goes to the console, its link is shown to whoever runs the site, and to nobody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.people import make_learner

pytestmark = pytest.mark.django_db
HERE = {"HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "127.0.0.1"}
RESET = re.compile(r'href="(https?://[^"]*/accounts/password/reset/key/[^"]+)"')


@pytest.fixture
def to_console(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"


def page_after_reset(user: User, **request: Any) -> str:
    client = Client()
    response = client.post("/accounts/password/reset/", {"email": user.email}, follow=True, **request)
    return response.content.decode()


@pytest.mark.usefixtures("to_console")
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_whoever_runs_the_site_gets_a_link_that_works(host: str) -> None:
    user = make_learner()
    page = page_after_reset(user, HTTP_HOST=host, REMOTE_ADDR="::1")
    found = RESET.search(page)
    assert found is not None
    assert "This site has no mail server" in page
    client = Client()
    form = client.get(found[1][found[1].index("/accounts/") :], HTTP_HOST=host, follow=True)
    assert 'name="password1"' in form.content.decode()


@pytest.mark.usefixtures("to_console")
@pytest.mark.parametrize(
    "elsewhere",
    [
        {"REMOTE_ADDR": "192.168.1.7"},
        {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"HTTP_X_REAL_IP": "203.0.113.9"},
        {"HTTP_FORWARDED": "for=203.0.113.9"},
        {"HTTP_HOST": "course.example.org"},
        {"HTTP_HOST": "localhost.example.org"},
    ],
)
def test_nobody_else_gets_the_link(elsewhere: dict[str, str], settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    page = page_after_reset(make_learner(), **{**HERE, **elsewhere})
    assert RESET.search(page) is None
    assert "prints e-mails to its console" in page


@pytest.mark.usefixtures("to_console")
def test_behind_a_proxy_nobody_gets_the_link(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert RESET.search(page_after_reset(make_learner(), **HERE)) is None


def test_with_a_mail_server_the_page_says_to_check_the_inbox() -> None:
    page = page_after_reset(make_learner(), **HERE)
    assert "Check your inbox and your spam folder." in page
    assert RESET.search(page) is None


@pytest.mark.usefixtures("to_console")
def test_a_sign_up_shows_the_link_of_its_confirmation() -> None:
    fields = {
        "email": "ada@example.org",
        "password1": "a long and odd phrase",
        "password2": "a long and odd phrase",
    }
    page = Client().post("/accounts/signup/", fields, follow=True, **HERE).content.decode()
    assert re.search(r'href="https?://[^"]*/accounts/confirm-email/[^"]+"', page)
