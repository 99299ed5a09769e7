from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.guests import guest_cookie, merging
from accounts.models import User
from accounts.tests.people import client_of, make_guest, make_learner

pytestmark = pytest.mark.django_db
PASSWORD = "a long and odd phrase"


@pytest.fixture
def user() -> User:
    return User.objects.create_user("ada@example.org", PASSWORD)


@pytest.fixture
def mergers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Only the mergers of the test."""
    own: list[Any] = []
    monkeypatch.setattr(merging, "_mergers", own)
    return own


def log_in(client: Client, email: str = "ada@example.org", password: str = PASSWORD, **fields: str) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": password, **fields})


def test_a_log_in_brings_the_guest_along_in_the_order_of_the_mergers(user: User, mergers: list[Any]) -> None:
    seen: list[tuple[str, int, int]] = []
    merging.merger(lambda guest, into: seen.append(("below", guest.pk, into.pk)))
    merging.merger(lambda guest, into: seen.append(("above", guest.pk, into.pk)))
    guest = make_guest()
    client = client_of(guest)
    log_in(client)
    assert seen == [("below", guest.pk, user.pk), ("above", guest.pk, user.pk)]
    assert not User.objects.guests().exists()
    assert client.cookies[guest_cookie.COOKIE].value == ""
    assert client.session["_auth_user_id"] == str(user.pk)


def test_registering_a_merger_twice_runs_it_once(mergers: list[Any]) -> None:
    calls: list[int] = []

    def only(guest: User, user: User) -> None:
        calls.append(1)

    merging.merger(merging.merger(only))
    merging.merge(make_guest(), make_learner())
    assert calls == [1]


def test_a_failing_merger_rolls_all_back_and_locks_nobody_out(user: User, mergers: list[Any]) -> None:
    def give_name(guest: User, into: User) -> None:
        User.objects.filter(pk=into.pk).update(name="moved")

    def fail(guest: User, into: User) -> None:
        raise RuntimeError("a merger with a fault")

    merging.merger(give_name)
    merging.merger(fail)
    guest = make_guest()
    client = client_of(guest)
    log_in(client)
    user.refresh_from_db()
    assert user.name == ""
    assert User.objects.guests().get() == guest
    assert client.cookies[guest_cookie.COOKIE].value != ""
    assert client.session["_auth_user_id"] == str(user.pk)

    mergers.remove(fail)
    client.post("/accounts/logout/")
    log_in(client)
    user.refresh_from_db()
    assert (user.name, User.objects.guests().count()) == ("moved", 0)


@pytest.mark.parametrize("wrong", ["two guests", "two users", "reversed"])
def test_merge_refuses_anything_but_a_guest_and_a_user(wrong: str) -> None:
    guest, user = make_guest(), make_learner()
    pair = {
        "two guests": (guest, make_guest()),
        "two users": (make_learner(), user),
        "reversed": (user, guest),
    }[wrong]
    with pytest.raises(ValueError, match="a guest and a user"):
        merging.merge(*pair)


def test_a_guest_merged_by_another_tab_is_merged_once(user: User, mergers: list[Any]) -> None:
    calls: list[int] = []
    merging.merger(lambda guest, into: calls.append(1))
    guest = make_guest()
    in_another_tab = User.objects.get(pk=guest.pk)
    merging.merge(guest, user)
    merging.merge(in_another_tab, user)
    assert calls == [1]


def test_a_wrong_password_says_the_same_for_known_and_unknown_addresses(user: User) -> None:
    pages = []
    for email in ("ada@example.org", "nobody@example.org"):
        response = log_in(Client(), email, "wrong")
        assert response.status_code == 200
        pages.append(_comparable(response, email))
    assert pages[0] == pages[1]


def _comparable(response: Any, email: str) -> str:
    """The page without what differs from request to request."""
    text = response.content.decode().replace(email, "EMAIL")
    return re.sub(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]+"', "", text)


def test_a_sign_up_answers_the_same_for_known_and_unknown_addresses(user: User, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    seen = []
    for email in ("ada@example.org", "new@example.org"):
        client = Client()
        data = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
        response = client.post("/accounts/signup/", data)
        page = client.get(response.url)
        seen.append((response.status_code, response.url, sorted(response.cookies), _comparable(page, email)))
    assert seen[0] == seen[1]


def test_a_reset_answers_the_same_and_writes_a_letter_for_known_and_unknown_addresses(
    user: User, mailoutbox: Any
) -> None:
    seen = []
    for email in ("ada@example.org", "nobody@example.org"):
        client = Client()
        response = client.post("/accounts/password/reset/", {"email": email})
        seen.append(
            (
                response.status_code,
                response.url,
                sorted(response.cookies),
                _comparable(client.get(response.url), email),
            )
        )
    assert seen[0] == seen[1]
    assert [letter.to for letter in mailoutbox] == [["ada@example.org"], ["nobody@example.org"]]


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/logout/"])
def test_nobody_is_sent_to_another_site(user: User, elsewhere: str, address: str) -> None:
    client = Client()
    if address == "/accounts/logout/":
        client.force_login(user)
    response = client.post(address, {"login": user.email, "password": PASSWORD, "next": elsewhere})
    assert (response.status_code, response.url) == (302, "/")


def test_one_is_sent_on_to_the_page_one_came_from(user: User) -> None:
    assert log_in(Client(), next="/accounts/tokens/").url == "/accounts/tokens/"


def came_from(address: str, **headers: str) -> str:
    page = Client().get(address, headers=headers).content.decode()
    found = re.search(r'name="next"\s+value="([^"]*)"', page)
    return found[1] if found else ""


@pytest.mark.parametrize("page", ["/accounts/login/", "/accounts/signup/"])
def test_one_goes_back_to_the_page_of_this_site_that_one_came_from(page: str) -> None:
    assert came_from(page, referer="http://testserver/search/?q=a&b") == "/search/?q=a&amp;b"
    assert came_from(f"{page}?next=/glossary/", referer="http://testserver/search/") == "/glossary/"
    for stranger in ("http://evil.example/search/", "http://testserver/accounts/login/", "javascript:x", ""):
        assert came_from(page, referer=stranger) == ""


def test_after_five_wrong_passwords_even_the_right_one_waits(user: User) -> None:
    client = Client()
    for _ in range(5):
        log_in(client, password="wrong")
    page = log_in(client)
    assert "Too many attempts" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_many_sign_ups_from_one_address_get_the_page_of_rate_limits(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/h/ip"}
    responses = [Client().post("/accounts/signup/", {}) for _ in range(2)]
    assert [response.status_code for response in responses] == [200, 429]
    assert "Too many attempts" in responses[1].content.decode()


def test_the_administration_has_no_log_in_of_its_own() -> None:
    response = Client().get("/admin/login/?next=/admin/")
    assert response.url.startswith("/accounts/login/")


def test_logging_out_needs_a_button(user: User) -> None:
    client = Client()
    client.force_login(user)
    client.get("/accounts/logout/")
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_passwords_are_kept_by_argon2(user: User) -> None:
    assert user.password.startswith("argon2$argon2id$")


def test_other_sessions_can_be_ended(user: User) -> None:
    here, there = Client(), Client()
    log_in(here)
    log_in(there)
    page = here.get("/accounts/sessions/").content.decode()
    assert page.count("<tr>") == 3
    here.post("/accounts/sessions/")
    assert there.get("/accounts/tokens/").status_code == 302
    assert here.get("/accounts/tokens/").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/tokens/make/",
        "/accounts/delete/",
        "/accounts/logout/",
    ],
)
def test_a_form_from_elsewhere_is_refused(user: User, address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post(address, {"name": "x"}).status_code == 403
