from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.guests import guest_cookie
from accounts.models import User
from accounts.tests.people import client_of, make_guest, make_learner

pytestmark = pytest.mark.django_db
PASSWORD = "a long and odd phrase"


def sign_up(client: Client, email: str = "ada@example.org", **fields: str) -> Any:
    data = {"email": email, "password1": PASSWORD, "password2": PASSWORD, **fields}
    return client.post("/accounts/signup/", data)


def logged_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


@pytest.fixture
def mandatory(settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


def link_in_mail(number: int = -1) -> str:
    found = re.search(rf"{re.escape(settings.SITE_ORIGIN)}(/\S+)", str(mail.outbox[number].body))
    assert found
    return found[1]


def test_a_guest_who_signs_up_keeps_the_row_and_everything_that_points_to_it() -> None:
    guest = make_guest()
    client = client_of(guest)
    response = sign_up(client, "Ada@Example.org")
    user = User.objects.get()
    assert (user.pk, user.is_guest, user.email, user.guest_key) == (guest.pk, False, "ada@example.org", None)
    assert user.check_password(PASSWORD)
    assert response.status_code == 302
    assert logged_in(client) == str(user.pk)
    assert client.cookies[guest_cookie.COOKIE].value == ""


def test_a_new_visitor_who_signs_up_gets_a_row() -> None:
    client = Client()
    sign_up(client)
    assert logged_in(client) == str(User.objects.get(is_guest=False).pk)


def test_the_cookie_of_a_guest_who_signed_up_opens_nothing_any_more() -> None:
    guest = make_guest()
    thief = client_of(guest)
    sign_up(client_of(guest))
    thief.get("/accounts/")
    assert guest_cookie.guest_of_cookie(thief.get("/accounts/").wsgi_request) is None


def test_what_was_typed_is_kept_and_the_error_belongs_to_its_field() -> None:
    page = sign_up(Client(), password2="another").content.decode()
    assert 'value="ada@example.org"' in page
    assert re.search(
        r'id="id_password2"[^>]*aria-describedby="[^"]*id_password2_error"|aria-describedby="[^"]*id_password2_error"[^>]*id="id_password2"',
        page,
    )
    assert 'id="id_password2_error"' in page
    assert 'role="alert"' in page
    assert PASSWORD not in page


@pytest.mark.parametrize("password", ["short", "password123", "12345678901", "ada@example.org"])
def test_weak_passwords_are_refused(password: str) -> None:
    response = sign_up(Client(), password1=password, password2=password)
    assert response.status_code == 200
    assert not User.objects.exists()


def test_two_addresses_that_differ_in_case_are_one() -> None:
    make_learner(email="ada@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User(email="ADA@example.org").save()
    sign_up(Client(), "ADA@example.org")
    assert User.objects.count() == 1


def test_a_double_click_on_sign_up_makes_one_user(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = client_of(guest := make_guest()), client_of(guest)
    sign_up(first)
    monkeypatch.setattr(
        "allauth.account.forms.BaseSignupForm.validate_unique_email", lambda self, value: value
    )
    response = sign_up(second)
    assert (response.status_code, response.url) == (302, "/accounts/login/")
    assert User.objects.get().pk == guest.pk


def test_a_sign_up_that_fails_half_way_leaves_the_guest_a_guest(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = make_guest()

    def fail(*args: Any) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr("allauth.account.forms.setup_user_email", fail)
    with pytest.raises(RuntimeError):
        sign_up(client_of(guest))
    guest.refresh_from_db()
    assert guest.is_guest


@pytest.mark.usefixtures("mandatory")
def test_while_the_confirmation_is_out_the_guest_goes_on_learning_as_before() -> None:
    guest = make_guest()
    client = client_of(guest)
    response = sign_up(client)
    assert response.url == "/accounts/confirm-email/"
    assert logged_in(client) is None
    learner = guest_cookie.learner_of(client.get("/accounts/").wsgi_request)
    assert learner == guest


@pytest.mark.usefixtures("mandatory")
def test_confirming_in_the_same_browser_logs_in_to_the_upgraded_row() -> None:
    guest = make_guest()
    client = client_of(guest)
    sign_up(client)
    assert client.get(link_in_mail()).status_code == 200
    assert not EmailAddress.objects.get().verified  # looking at a link confirms nothing
    client.post(link_in_mail())
    assert logged_in(client) == str(guest.pk)


@pytest.mark.usefixtures("mandatory")
def test_after_a_mistyped_address_the_guest_may_sign_up_again_with_the_same_row() -> None:
    guest = make_guest()
    client = client_of(guest)
    sign_up(client, "adda@example.org")
    client.cookies.pop("sessionid")
    sign_up(client, "ada@example.org")
    user = User.objects.get()
    assert (user.pk, user.email) == (guest.pk, "ada@example.org")
    assert [address.email for address in EmailAddress.objects.all()] == ["ada@example.org"]


@pytest.mark.usefixtures("mandatory")
def test_a_confirmed_account_is_not_taken_back_by_the_old_cookie() -> None:
    guest = make_guest()
    sign_up(client_of(guest))
    EmailAddress.objects.update(verified=True)
    sign_up(client_of(guest), "mallory@example.org")
    assert User.objects.get(email="ada@example.org").pk == guest.pk
    assert User.objects.count() == 2


@pytest.mark.usefixtures("mandatory")
def test_a_waiting_sign_up_has_no_rights_by_cookie() -> None:
    guest = make_guest()
    client = client_of(guest)
    sign_up(client)
    User.objects.update(role=User.Role.INSTRUCTOR, is_staff=True)
    learner = guest_cookie.learner_of(client.get("/accounts/").wsgi_request)
    assert learner is not None
    assert (learner.is_guest, learner.is_instructor) == (True, False)
    assert client.get("/admin/").status_code == 302


@pytest.mark.usefixtures("mandatory")
def test_what_a_guest_sees_after_a_sign_up_does_not_tell_whether_the_address_was_new() -> None:
    make_learner(email="known@example.org")
    seen = []
    for email in ("known@example.org", "new@example.org"):
        client = client_of(guest := make_guest())
        sign_up(client, email)
        pages = [client.get(address).content.decode() for address in ("/accounts/", "/accounts/delete/")]
        export = client.get("/progress/export/").json()["learner"]
        record = {name: value for name, value in export.items() if name != "joined"}
        seen.append(
            (re.sub(r'csrfmiddlewaretoken" value="[^"]+', "", "".join(pages)).replace(email, ""), record)
        )
        assert guest.is_guest
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "broken", [{"guest_key": None}, {"is_guest": False}, {"is_guest": False, "guest_key": None}]
)
def test_no_row_is_neither_guest_nor_user(broken: dict[str, Any]) -> None:
    guest = make_guest()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=guest.pk).update(**broken)
