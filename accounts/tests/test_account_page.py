from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db.models import CASCADE, SET_NULL
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import permissions
from accounts.guests import guest_cookie
from accounts.models import User
from accounts.tasks import forget_guests
from accounts.tests.people import client_of, make_guest, make_instructor, make_learner, make_staff
from accounts.tokens import ApiToken

pytestmark = pytest.mark.django_db
PASSWORD = "a long and odd phrase"


def test_what_others_see_of_a_learner_is_never_the_address() -> None:
    user = make_learner(email="ada.lovelace@example.org")
    assert "ada" not in user.public_name.lower()
    assert make_learner(name="Ada").public_name == "Ada"
    assert make_guest().public_name.startswith("Guest")


def test_one_changes_the_name_that_others_see() -> None:
    user = make_learner()
    client_of(user).post("/accounts/", {"name": "Ada"})
    user.refresh_from_db()
    assert user.public_name == "Ada"


def test_too_long_a_name_is_refused_and_kept_in_the_form() -> None:
    response = client_of(make_learner()).post("/accounts/", {"name": "n" * 61})
    assert response.status_code == 422
    assert "n" * 61 in response.content.decode()


def test_an_account_is_deleted_with_its_password_only() -> None:
    user = User.objects.create_user("ada@example.org", PASSWORD)
    ApiToken.objects.make(user, "laptop")
    client = client_of(user)
    assert client.post("/accounts/delete/", {"password": "wrong", "sure": "on"}).status_code == 422
    assert client.post("/accounts/delete/", {"password": PASSWORD}).status_code == 422
    assert User.objects.filter(pk=user.pk).exists()
    assert client.post("/accounts/delete/", {"password": PASSWORD, "sure": "on"}).status_code == 302
    assert not User.objects.filter(pk=user.pk).exists()
    assert not ApiToken.objects.exists()
    assert "_auth_user_id" not in client.session


def test_a_guest_may_ask_to_be_forgotten() -> None:
    guest = make_guest()
    client = client_of(guest)
    assert client.get("/accounts/delete/").status_code == 200
    client.post("/accounts/delete/", {"sure": "on"})
    assert not User.objects.exists()
    assert client.cookies[guest_cookie.COOKIE].value == ""


def test_a_visitor_has_nothing_to_delete() -> None:
    assert Client().post("/accounts/delete/", {"sure": "on"}).url == "/accounts/"


def test_whatever_points_to_a_learner_goes_with_the_learner_or_lets_go() -> None:
    """Deletion of an account would fail on any other rule."""
    pointing = [
        (model._meta.label, field.name, field.remote_field.on_delete)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.fields
        if field.remote_field and field.remote_field.model is User
    ]
    assert len(pointing) >= 4
    assert not [where for where in pointing if where[2] not in (CASCADE, SET_NULL)]


def open_as(decorator: Any, person: User | None) -> int:
    request = RequestFactory().get("/studio/")
    request.user = person or AnonymousUser()
    try:
        return int(decorator(lambda request: HttpResponse())(request).status_code)
    except PermissionDenied:
        return 403


@pytest.mark.parametrize(
    ("decorator", "expected"),
    [
        (permissions.user_required, [302, 403, 200, 200, 200]),
        (permissions.instructor_required, [302, 403, 403, 200, 200]),
    ],
)
def test_permissions_let_in_whom_they_name(decorator: Any, expected: list[int]) -> None:
    people = [None, make_guest(), make_learner(), make_instructor(), make_staff()]
    assert [open_as(decorator, person) for person in people] == expected


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("make_instructor", *arguments, stdout=out)
    return out.getvalue()


def test_make_instructor_gives_the_role_to_an_existing_account() -> None:
    user = make_learner(email="ada@example.org")
    EmailAddress.objects.create(user=user, email=user.email, verified=True)
    assert run("Ada@Example.org") == "ada@example.org is an instructor.\n"
    user.refresh_from_db()
    assert (user.is_instructor, user.is_staff) == (True, False)


def test_make_instructor_warns_of_an_address_that_nobody_confirmed() -> None:
    make_learner(email="ada@example.org")
    assert "This address is not confirmed yet" in run("ada@example.org", "--staff")
    assert User.objects.get().is_staff


def test_make_instructor_makes_no_account() -> None:
    with pytest.raises(CommandError, match="There is no account with ada@example.org. Sign up with it"):
        run("ada@example.org")


def test_make_instructor_waits_for_the_first_log_in() -> None:
    guest = make_guest()
    User.objects.filter(pk=guest.pk).update(email="ada@example.org")
    with pytest.raises(CommandError, match="never logged in"):
        run("ada@example.org")


def test_only_old_guests_who_own_nothing_are_forgotten() -> None:
    old = timezone.now() - timedelta(days=400)
    forgotten, new, owner, user = make_guest(), make_guest(), make_guest(), make_learner()
    User.objects.exclude(pk=new.pk).update(date_joined=old)
    ApiToken.objects.make(owner, "stands for anything that points to a guest")
    assert forget_guests() == 1
    assert set(User.objects.all()) == {new, owner, user}
    assert forgotten.pk


def test_forgetting_guests_looks_at_every_table_that_points_to_users() -> None:
    query = str(User.objects.forgettable(timezone.now()).query)
    tables = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.fields
        if field.remote_field and field.remote_field.model is User
    }
    assert len(tables) >= 4
    assert not {table for table in tables if f'"{table}"' not in query}


def test_the_menu_of_every_page_leads_to_the_account() -> None:
    page = client_of(make_learner()).get("/").content.decode()
    menu = page[page.index("data-menu>") : page.index("Log out")]
    assert '<a href="/accounts/">Your account</a>' in menu
