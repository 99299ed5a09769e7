from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.guests import guest_cookie
from accounts.models import User
from accounts.tests.people import make_guest, make_learner

pytestmark = pytest.mark.django_db


def request_with(cookie: str = "", user: Any = None) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user or AnonymousUser()
    if cookie:
        request.COOKIES[guest_cookie.COOKIE] = cookie
    return request


def answer(request: HttpRequest, view: Any = lambda request: HttpResponse()) -> HttpResponse:
    return guest_cookie.LearnerMiddleware(view)(request)


def writing(request: HttpRequest) -> HttpResponse:
    guest_cookie.ensure_learner(request)
    return HttpResponse()


def test_a_reader_leaves_no_row_and_gets_no_cookie() -> None:
    request = request_with()
    assert guest_cookie.learner_of(request) is None
    assert not answer(request).cookies
    assert not User.objects.exists()


def test_the_first_thing_worth_keeping_makes_a_guest_and_a_careful_cookie(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    cookie = answer(request_with(), writing).cookies[guest_cookie.COOKIE]
    guest = User.objects.get()
    assert (guest.is_guest, guest.has_usable_password(), guest.email) == (True, False, None)
    assert cookie["httponly"]
    assert cookie["secure"]
    assert (cookie["samesite"], cookie["max-age"]) == ("Lax", settings.GUEST_COOKIE_AGE)
    assert str(guest.guest_key) in cookie.value


def test_the_cookie_brings_the_guest_back() -> None:
    cookie = answer(request_with(), writing).cookies[guest_cookie.COOKIE].value
    assert guest_cookie.learner_of(request_with(cookie)) == User.objects.get()


def test_two_writes_of_one_request_make_one_guest() -> None:
    request = request_with()
    assert guest_cookie.ensure_learner(request) is guest_cookie.ensure_learner(request)
    assert User.objects.count() == 1


def first_write(page: str, *, cookie: str = "planted", address: str = "127.0.0.1") -> User:
    request = request_with()
    request.COOKIES[settings.CSRF_COOKIE_NAME] = cookie
    request.META.update({settings.CSRF_HEADER_NAME: page.ljust(64, "x"), "REMOTE_ADDR": address})
    return guest_cookie.ensure_learner(request)


def test_a_double_click_of_a_new_visitor_makes_one_guest() -> None:
    assert first_write("page-of-one") == first_write("page-of-one") != first_write("page-of-another")
    assert User.objects.count() == 2


def test_a_csrf_cookie_that_was_planted_in_two_browsers_makes_two_guests() -> None:
    planted = "a" * 32
    assert first_write(planted, cookie=planted) != first_write("page", cookie=planted)
    assert first_write("page", address="192.0.2.1") != first_write("page", address="192.0.2.2")
    request = [request_with() for _ in range(2)]
    for one in request:
        one.COOKIES[settings.CSRF_COOKIE_NAME] = one.META[settings.CSRF_HEADER_NAME] = planted
    assert guest_cookie.ensure_learner(request[0]) != guest_cookie.ensure_learner(request[1])


def test_a_form_that_is_sent_again_much_later_does_not_open_the_records_of_its_first_sender() -> None:
    first = first_write("shared-machine")
    User.objects.update(date_joined=timezone.now() - timedelta(minutes=2))
    assert first_write("shared-machine") != first


def test_nobody_can_compute_a_guests_key_from_the_form(settings: Any) -> None:
    key = first_write("seen").guest_key
    User.objects.all().delete()
    settings.SECRET_KEY = "another"
    assert first_write("seen").guest_key != key


@pytest.mark.parametrize("forge", ["{key}", "{key}:x:y", "{signed}x", "x{signed}", ":::", "\x00", "é" * 5000])
def test_a_forged_cookie_names_nobody(forge: str) -> None:
    guest = make_guest()
    cookie = forge.format(key=guest.guest_key, signed=guest_cookie.signed(guest))
    assert guest_cookie.learner_of(request_with(cookie)) is None


def test_a_cookie_signed_for_another_purpose_names_nobody() -> None:
    from django.core import signing  # here, beside its only use

    guest = make_guest()
    assert (
        guest_cookie.learner_of(
            request_with(signing.TimestampSigner(salt="other").sign(str(guest.guest_key)))
        )
        is None
    )


def test_a_well_signed_cookie_of_nobody_names_nobody() -> None:
    stranger = User(is_guest=True, guest_key=uuid.uuid4())
    assert guest_cookie.learner_of(request_with(guest_cookie.signed(stranger))) is None


def cookie_of_age(guest: User, age: timedelta, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as patched:
        now = timezone.now().timestamp()
        patched.setattr("django.core.signing.time.time", lambda: now - age.total_seconds())
        return guest_cookie.signed(guest)


def test_an_expired_cookie_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = cookie_of_age(make_guest(), timedelta(days=366), monkeypatch)
    assert guest_cookie.learner_of(request_with(cookie)) is None


def test_the_cookie_of_a_guest_who_returns_is_renewed_after_a_month(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = make_guest()
    for days, renewed in ((29, False), (31, True)):
        cookie = cookie_of_age(guest, timedelta(days=days), monkeypatch)
        response = answer(request_with(cookie), lambda request: HttpResponse(str(request.learner)))
        assert (guest_cookie.COOKIE in response.cookies) is renewed


def test_a_logged_in_user_is_the_learner_whatever_the_cookie_says() -> None:
    user, guest = make_learner(), make_guest()
    assert guest_cookie.learner_of(request_with(guest_cookie.signed(guest), user)) == user


def test_a_page_that_does_not_look_costs_no_query(django_assert_num_queries: Any) -> None:
    request = request_with(guest_cookie.signed(make_guest()))
    with django_assert_num_queries(0):
        answer(request)
    with django_assert_num_queries(1):
        assert guest_cookie.learner_of(request) is guest_cookie.learner_of(request)


def test_an_inactive_guest_is_nobody() -> None:
    guest = make_guest()
    User.objects.filter(pk=guest.pk).update(is_active=False)
    assert guest_cookie.learner_of(request_with(guest_cookie.signed(guest))) is None


def test_a_guest_is_never_logged_in() -> None:
    client = Client()
    client.cookies[guest_cookie.COOKIE] = guest_cookie.signed(make_guest())
    response = client.get("/accounts/login/")
    assert response.status_code == 200
    assert not get_user(client).is_authenticated  # type: ignore[arg-type]
